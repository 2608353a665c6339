diesel::table! {
    organizations (id) {
        id -> BigInt,
        login -> Text,
        login_key -> Text,
        name -> Text,
        password_hash -> Text,
        status -> Text,
        operator_token_max_seconds -> Nullable<BigInt>,
        company_token_lifetime_seconds -> Nullable<BigInt>,
        rotation_period_days -> Nullable<BigInt>,
        rotation_grace_seconds -> Nullable<BigInt>,
        enforce_rotation -> Bool,
        rotated_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        enforced_since -> Nullable<BigInt>,
        created_seq -> BigInt,
        login_fold -> Nullable<Text>,
        cap_scopes_by_role -> Bool,
        alert_new_network -> Bool,
        alert_silence_days -> Nullable<BigInt>,
        alert_rate_factor -> Nullable<BigInt>,
        alert_rate_floor -> Nullable<BigInt>,
        password_set_at -> Nullable<BigInt>,
        console_sign_in -> Text,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    operators (organization_id, id) {
        organization_id -> BigInt,
        id -> BigInt,
        name -> Text,
        external_id -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        role -> Nullable<Text>,
        status -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        email_fold -> Nullable<Text>,
        username -> Nullable<Text>,
        username_fold -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        tier -> Nullable<Text>,
        avatar -> Nullable<Text>,
        last_token_at -> Nullable<BigInt>,
        name_fold -> Text,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    ledger (organization_id, jti) {
        organization_id -> BigInt,
        jti -> Binary,
        kind -> Text,
        operator_id -> Nullable<BigInt>,
        client_id -> Nullable<Text>,
        parent -> Nullable<Binary>,
        kid -> Nullable<Text>,
        rev -> BigInt,
        issued_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        address -> Nullable<Text>,
        successor -> Nullable<Binary>,
        rotated_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        #[sql_name = "due_told_at"]
        due_reported_at -> Nullable<BigInt>,
        grant_id -> Nullable<Binary>,
        label -> Nullable<Text>,
        note -> Nullable<Text>,
        first_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    feed (seq) {
        seq -> BigInt,
        organization_id -> BigInt,
        kind -> Text,
        jti -> Nullable<Binary>,
        operator_id -> Nullable<BigInt>,
        at -> BigInt,
        until -> Nullable<BigInt>,
        kid -> Nullable<Text>,
        ends_at -> Nullable<BigInt>,
        mark -> BigInt,
        life_days -> Nullable<BigInt>,
        after_seq -> Nullable<BigInt>,
    }
}

diesel::table! {
    feed_head (id) {
        id -> BigInt,
        seq -> BigInt,
        mark -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    service_uptime (id) {
        id -> BigInt,
        micros -> BigInt,
    }
}

diesel::table! {
    ticks (seq) {
        seq -> BigInt,
        uptime -> BigInt,
        at -> BigInt,
        audit_id -> BigInt,
    }
}

diesel::table! {
    nodes (id) {
        id -> BigInt,
        name -> Text,
        lease -> BigInt,
        applied_seq -> BigInt,
        beats -> BigInt,
        started_at -> BigInt,
        seen_at -> BigInt,
        version -> Nullable<Text>,
    }
}

diesel::table! {
    incarnations (id) {
        id -> BigInt,
        mark -> BigInt,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        state -> Text,
        sealed_key -> Binary,
        sealed_by -> Text,
        created_at -> BigInt,
        activated_at -> Nullable<BigInt>,
        retired_at -> Nullable<BigInt>,
        retiring_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        retiring_seq -> Nullable<BigInt>,
        purpose -> Text,
    }
}

diesel::table! {
    key_demands (purpose, algorithm) {
        purpose -> Text,
        algorithm -> Text,
        since -> BigInt,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        organization_id -> Nullable<BigInt>,
        at -> BigInt,
        actor -> Text,
        action -> Text,
        target -> Nullable<Text>,
        occurrences -> BigInt,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        detail -> Nullable<Text>,
        feed_seq -> Nullable<BigInt>,
        batch -> Nullable<BigInt>,
        link -> Nullable<Binary>,
        salts -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_batches (id) {
        id -> BigInt,
        lines -> BigInt,
        last_line -> BigInt,
        hash -> Binary,
        closed_at -> BigInt,
    }
}

diesel::table! {
    audit_chain (id) {
        id -> BigInt,
        batch -> BigInt,
        hash -> Binary,
        purged_batch -> BigInt,
        purged_hash -> Binary,
        announced_at -> Nullable<BigInt>,
        checked_batch -> BigInt,
        broken_batch -> Nullable<BigInt>,
    }
}

diesel::table! {
    login_addresses (organization_id, network) {
        organization_id -> BigInt,
        network -> Text,
        last_at -> BigInt,
    }
}

diesel::table! {
    replay (organization_id, purpose, value) {
        organization_id -> BigInt,
        purpose -> Text,
        value -> Binary,
        bucket -> BigInt,
    }
}

diesel::table! {
    replay_floor (id) {
        id -> BigInt,
        bucket -> BigInt,
        settled -> BigInt,
        uptime -> BigInt,
    }
}

diesel::table! {
    sequences (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    duties (name) {
        name -> Text,
        holder -> BigInt,
        term -> BigInt,
        beats -> BigInt,
        lease -> BigInt,
    }
}

diesel::table! {
    jobs (name) {
        name -> Text,
        ran_at -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
        failures -> BigInt,
        wanted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    webhooks (organization_id, id) {
        organization_id -> BigInt,
        id -> BigInt,
        url -> Text,
        events -> Text,
        status -> Text,
        sealed_secret -> Binary,
        sealed_by -> Text,
        gave_up_at -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    deliveries (organization_id, webhook_id, id) {
        organization_id -> BigInt,
        webhook_id -> BigInt,
        id -> Text,
        event -> Text,
        body -> Text,
        status -> Text,
        attempts -> BigInt,
        due_at -> Nullable<BigInt>,
        attempted_at -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    totp (organization_id, operator_id) {
        organization_id -> BigInt,
        operator_id -> BigInt,
        sealed_secret -> Binary,
        sealed_by -> Text,
        last_step -> Nullable<BigInt>,
        created_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (organization_id, operator_id, digest) {
        organization_id -> BigInt,
        operator_id -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    operator_addresses (organization_id, operator_id, network) {
        organization_id -> BigInt,
        operator_id -> BigInt,
        network -> Text,
        last_at -> BigInt,
    }
}

diesel::table! {
    scopes (organization_id, name) {
        organization_id -> BigInt,
        name -> Text,
        description -> Nullable<Text>,
    }
}

diesel::table! {
    roles (organization_id, name) {
        organization_id -> BigInt,
        name -> Text,
        scopes -> Text,
        description -> Nullable<Text>,
    }
}

diesel::table! {
    resources (organization_id, id) {
        organization_id -> BigInt,
        id -> BigInt,
        uri -> Text,
        name -> Text,
        scopes -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    clients (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        tag -> BigInt,
        status -> Text,
        settings -> Text,
        created_seq -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    client_secrets (organization_id, client_id, digest) {
        organization_id -> BigInt,
        client_id -> Text,
        digest -> Binary,
        created_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    grants (organization_id, id) {
        organization_id -> BigInt,
        id -> Binary,
        client_id -> Text,
        operator_id -> BigInt,
        scopes -> Text,
        resources -> Text,
        nonce -> Nullable<Text>,
        auth_time -> BigInt,
        amr -> Text,
        sid -> Nullable<Binary>,
        dpop_jkt -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    consents (organization_id, client_id, operator_id) {
        organization_id -> BigInt,
        client_id -> Text,
        operator_id -> BigInt,
        scopes -> Text,
        updated_at -> BigInt,
    }
}

diesel::table! {
    codes (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        client_id -> Text,
        operator_id -> BigInt,
        grant_id -> Binary,
        state -> Text,
        redirect_uri -> Nullable<Text>,
        challenge -> Nullable<Text>,
        dpop_jkt -> Nullable<Text>,
        scopes -> Text,
        resources -> Text,
        nonce -> Nullable<Text>,
        auth_time -> BigInt,
        amr -> Text,
        sid -> Nullable<Binary>,
        rev -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        jti -> Binary,
        grant_id -> Binary,
        rev -> BigInt,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        salt -> Nullable<Binary>,
        successor -> Nullable<Binary>,
        successor_expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registration_tokens (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        uses_left -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    opaque_tokens (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        claims -> Text,
        expires_at -> BigInt,
    }
}

diesel::table! {
    browser_sessions (digest) {
        digest -> Binary,
        sid -> Binary,
        organization_id -> BigInt,
        operator_id -> BigInt,
        rev -> BigInt,
        state -> Text,
        amr -> Text,
        signed_in_at -> BigInt,
        last_seen_at -> BigInt,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    page_requests (digest) {
        digest -> Binary,
        browser -> Binary,
        organization_id -> BigInt,
        client_id -> Text,
        parameters -> Text,
        signed_in_sid -> Nullable<Binary>,
        shown_scopes -> Nullable<Text>,
        expires_at -> BigInt,
        pushed -> Nullable<Binary>,
    }
}

diesel::table! {
    pushed_requests (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        client_id -> Text,
        parameters -> Text,
        expires_at -> BigInt,
        network -> Nullable<Text>,
    }
}

diesel::table! {
    api_keys (organization_id, id) {
        organization_id -> BigInt,
        id -> Text,
        name -> Text,
        environment -> Text,
        prefix -> Text,
        start_text -> Text,
        end_text -> Text,
        scopes -> Text,
        role -> Nullable<Text>,
        operator_id -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        allowed_ips -> Text,
        status -> Text,
        created_at -> BigInt,
        created_by -> Text,
        last_used_at -> Nullable<BigInt>,
        last_used_address -> Nullable<Text>,
        refused_at -> Nullable<BigInt>,
        refused_reason -> Nullable<Text>,
        refused_address -> Nullable<Text>,
        signing -> Bool,
        require_signature -> Bool,
    }
}

diesel::table! {
    api_key_secrets (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        key_id -> Text,
        sealed_secret -> Binary,
        sealed_by -> Text,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_key_texts (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        key_id -> Text,
        ends_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_key_usage (organization_id, day, key_id) {
        organization_id -> BigInt,
        key_id -> Text,
        day -> BigInt,
        requests -> BigInt,
        refused -> BigInt,
        last_address -> Nullable<Text>,
    }
}

diesel::table! {
    api_key_networks (organization_id, key_id, network) {
        organization_id -> BigInt,
        key_id -> Text,
        network -> Text,
        seen_day -> BigInt,
    }
}

diesel::table! {
    api_key_watch (organization_id, key_id) {
        organization_id -> BigInt,
        key_id -> Text,
        hour -> Nullable<BigInt>,
        requests -> BigInt,
        new_network_at -> Nullable<BigInt>,
        woke_up_at -> Nullable<BigInt>,
        rate_jump_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    api_key_writers (writer) {
        writer -> Text,
        batch -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    wechat_apps (organization_id, app_id) {
        organization_id -> BigInt,
        app_id -> Text,
        sealed_secret -> Binary,
        sealed_by -> Text,
        on_unknown -> Text,
        role -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    wechat_openids (organization_id, app_id, openid) {
        organization_id -> BigInt,
        app_id -> Text,
        openid -> Text,
        operator_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    wechat_unionids (organization_id, unionid) {
        organization_id -> BigInt,
        unionid -> Text,
        operator_id -> BigInt,
        created_at -> BigInt,
    }
}

diesel::table! {
    device_codes (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        user_digest -> Binary,
        client_id -> Text,
        grant_id -> Binary,
        state -> Text,
        asked_scopes -> Nullable<Text>,
        resources -> Text,
        rev -> BigInt,
        poll_seconds -> BigInt,
        last_poll_at -> Nullable<BigInt>,
        expires_at -> BigInt,
        granted_scopes -> Nullable<Text>,
        operator_id -> Nullable<BigInt>,
        auth_time -> Nullable<BigInt>,
        amr -> Nullable<Text>,
        sid -> Nullable<Binary>,
        allowed_rev -> Nullable<BigInt>,
        network -> Nullable<Text>,
    }
}

diesel::table! {
    device_guesses (network, place) {
        network -> Text,
        place -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    console_sessions (digest) {
        digest -> Binary,
        jti -> Binary,
        organization_id -> BigInt,
        operator_id -> Nullable<BigInt>,
        rev -> BigInt,
        state -> Text,
        amr -> Text,
        signed_in_at -> BigInt,
        last_seen_at -> BigInt,
        authenticated_at -> BigInt,
        credential_at -> Nullable<BigInt>,
        wrong_codes -> BigInt,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
        notice -> Nullable<Text>,
    }
}

diesel::table! {
    ended_console_sessions (digest) {
        digest -> Binary,
        organization_id -> BigInt,
        operator_id -> Nullable<BigInt>,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    console_forms (organization_id, digest) {
        organization_id -> BigInt,
        digest -> Binary,
        made -> Nullable<Text>,
        sent_at -> BigInt,
    }
}

diesel::table! {
    platform_admins (id) {
        id -> BigInt,
        login -> Text,
        login_key -> Text,
        password_hash -> Text,
        sealed_secret -> Binary,
        sealed_by -> Text,
        last_step -> Nullable<BigInt>,
        created_at -> BigInt,
        language -> Nullable<Text>,
    }
}

diesel::table! {
    platform_recovery_codes (admin_id, digest) {
        admin_id -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    platform_addresses (admin_id, network) {
        admin_id -> BigInt,
        network -> Text,
        last_at -> BigInt,
    }
}

diesel::table! {
    platform_sessions (digest) {
        digest -> Binary,
        id -> Binary,
        admin_id -> BigInt,
        state -> Text,
        signed_in_at -> BigInt,
        last_seen_at -> BigInt,
        authenticated_at -> BigInt,
        wrong_codes -> BigInt,
        address -> Nullable<Text>,
        agent -> Nullable<Text>,
        notice -> Nullable<Text>,
    }
}

diesel::table! {
    ended_platform_sessions (digest) {
        digest -> Binary,
        admin_id -> BigInt,
        last_seen_at -> BigInt,
    }
}

diesel::table! {
    platform_forms (digest) {
        digest -> Binary,
        made -> Nullable<Text>,
        sent_at -> BigInt,
    }
}

diesel::table! {
    operator_imports (organization_id, id) {
        organization_id -> BigInt,
        id -> BigInt,
        state -> Text,
        lines -> BigInt,
        done -> BigInt,
        operator_id -> Nullable<BigInt>,
        session_jti -> Nullable<Binary>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        checked_at -> BigInt,
        sealed_lines -> Binary,
        sealed_by -> Text,
        began_in -> Nullable<Binary>,
    }
}

diesel::table! {
    operator_import_results (organization_id, import_id, first) {
        organization_id -> BigInt,
        import_id -> BigInt,
        first -> BigInt,
        results -> Text,
    }
}

diesel::table! {
    operator_words (organization_id, word, operator_id) {
        organization_id -> BigInt,
        word -> Text,
        operator_id -> BigInt,
    }
}

diesel::table! {
    operator_words_filled (id) {
        id -> BigInt,
        up_to -> BigInt,
    }
}

diesel::joinable!(operators -> organizations (organization_id));
diesel::table! {
    usage (organization_id, grain, at) {
        organization_id -> BigInt,
        grain -> Text,
        at -> BigInt,
        valid -> BigInt,
        expired -> BigInt,
        revoked -> BigInt,
        invalid -> BigInt,
        issued_company -> BigInt,
        issued_operator -> BigInt,
        issued_oauth -> BigInt,
        key_used -> BigInt,
        key_refused -> BigInt,
        signed_in -> BigInt,
        sign_in_refused -> BigInt,
        revoked_entries -> BigInt,
        live -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(organizations, operators, ledger, signing_keys);
diesel::allow_tables_to_appear_in_same_query!(client_secrets, clients);
diesel::allow_tables_to_appear_in_same_query!(console_sessions, ledger);
diesel::allow_tables_to_appear_in_same_query!(operators, totp);
diesel::allow_tables_to_appear_in_same_query!(platform_admins, platform_sessions);
diesel::allow_tables_to_appear_in_same_query!(ended_platform_sessions, platform_admins);
diesel::allow_tables_to_appear_in_same_query!(operator_words, operators);
diesel::allow_tables_to_appear_in_same_query!(operator_words, totp);
diesel::allow_tables_to_appear_in_same_query!(organizations, totp);
diesel::allow_tables_to_appear_in_same_query!(feed, ledger);
diesel::allow_tables_to_appear_in_same_query!(feed, nodes);
diesel::allow_tables_to_appear_in_same_query!(incarnations, nodes);
diesel::allow_tables_to_appear_in_same_query!(consents, grants);
diesel::allow_tables_to_appear_in_same_query!(operators, roles);
diesel::allow_tables_to_appear_in_same_query!(organizations, wechat_apps);
diesel::allow_tables_to_appear_in_same_query!(page_requests, pushed_requests);
