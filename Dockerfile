# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
# postgres-tls links libpq with OpenSSL, so that Lanyard can reach a PostgreSQL that asks for TLS.
ARG FEATURES=postgres-tls
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin lanyard --features "$FEATURES" \
    && install -D target/release/lanyard /out/lanyard

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/lanyard --create-home \
        --shell /usr/sbin/nologin lanyard
COPY --from=build /out/lanyard /usr/local/bin/lanyard
USER lanyard
WORKDIR /var/lib/lanyard
VOLUME /var/lib/lanyard
ENV LANYARD_HTTP_LISTEN=0.0.0.0:8080 \
    LANYARD_LOG_FORMAT=json
EXPOSE 8080
# Ready, not only alive: what waits for this container wants answers. Asked over plain HTTP with what Debian's bash
# has; a container that serves TLS itself needs a health check of its own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["bash", "-c", "exec 3<>\"/dev/tcp/127.0.0.1/${LANYARD_HTTP_LISTEN##*:}\" && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && IFS= read -r -t 2 status <&3 && [[ $status == 'HTTP/1.1 200 '* ]]"]
ENTRYPOINT ["lanyard"]
CMD ["serve"]
