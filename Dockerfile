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
    cargo build --profile dist --locked --bin lanyard --features "$FEATURES" \
    && install -D target/dist/lanyard /out/lanyard

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
# Ready, not only alive: what waits for this container wants answers. It asks where the environment says that Lanyard
# listens, over TLS if it serves that; where flags say otherwise, give --url.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["lanyard", "health"]
ENTRYPOINT ["lanyard"]
CMD ["serve"]
