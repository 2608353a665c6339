-- Where each organization logged in from: an IPv4 address, or the first address of a /64 of IPv6. Every node
-- treats such an address as known, also after a restart.
CREATE TABLE login_addresses (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    network         TEXT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, network)
);

CREATE INDEX login_addresses_last_at ON login_addresses (last_at);

-- The audit log has whole addresses, so those of IPv6 do not match: the first login from there counts once more as that of a stranger.
INSERT INTO login_addresses (organization_id, network, last_at)
SELECT organization_id, address, MAX(at) FROM audit
WHERE action = 'login.succeeded' AND address IS NOT NULL
    AND organization_id IN (SELECT id FROM organizations)
GROUP BY organization_id, address;
