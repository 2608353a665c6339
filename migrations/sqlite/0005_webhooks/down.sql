DELETE FROM sequences WHERE name = 'webhooks';
DROP TABLE deliveries;
DROP TABLE webhooks;
