ALTER TABLE device_codes DROP COLUMN network;
ALTER TABLE pushed_requests DROP COLUMN network;
