-- Where each organization logged in from: an IPv4 address, or the first address of a /64 of IPv6. Such an address is no stranger's
-- to any node, nor after a restart.
CREATE TABLE login_addresses (
    organization_id BIGINT NOT NULL REFERENCES organizations (id),
    network         TEXT NOT NULL,
    last_at         BIGINT NOT NULL,
    PRIMARY KEY (organization_id, network)
);

CREATE INDEX login_addresses_last_at ON login_addresses (last_at);

-- The audit log has whole addresses: of IPv6 none matches, and the first login from there is a stranger's once more.
INSERT INTO login_addresses (organization_id, network, last_at)
SELECT organization_id, address, MAX(at) FROM audit
WHERE action = 'login.succeeded' AND address IS NOT NULL
    AND organization_id IN (SELECT id FROM organizations)
GROUP BY organization_id, address;
