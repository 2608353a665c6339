-- The version before knows no alerts. A webhook that subscribes to nothing else goes, with its messages.
DELETE FROM audit WHERE action IN ('api_key.new_network', 'api_key.woke_up', 'api_key.rate_jump');
DELETE FROM deliveries WHERE event IN ('api_key.quarantined', 'api_key.new_network', 'api_key.woke_up', 'api_key.rate_jump');
UPDATE webhooks SET events = trim(replace(replace(replace(replace(' ' || events || ' ',
        ' api_key.quarantined ', ' '), ' api_key.new_network ', ' '), ' api_key.woke_up ', ' '), ' api_key.rate_jump ', ' '))
    WHERE ' ' || events || ' ' LIKE '% api_key.%';
DELETE FROM deliveries WHERE EXISTS (SELECT 1 FROM webhooks WHERE webhooks.organization_id = deliveries.organization_id
    AND webhooks.id = deliveries.webhook_id AND webhooks.events = '');
DELETE FROM webhooks WHERE events = '';
DROP TABLE api_key_writers;
DROP TABLE api_key_watch;
DROP TABLE api_key_networks;
ALTER TABLE organizations DROP COLUMN alert_rate_floor;
ALTER TABLE organizations DROP COLUMN alert_rate_factor;
ALTER TABLE organizations DROP COLUMN alert_silence_days;
ALTER TABLE organizations DROP COLUMN alert_new_network;
