-- The network that a request of a public client comes from: anybody can send it, so how many of them wait is bounded for each network.
ALTER TABLE pushed_requests ADD COLUMN network TEXT;
ALTER TABLE device_codes ADD COLUMN network TEXT;
