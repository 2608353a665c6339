DROP TABLE sequences;
DROP TABLE audit;
DROP TABLE signing_keys;
DROP TABLE feed;
DROP TABLE feed_head;
DROP TABLE ledger;
DROP TABLE operators;
DROP TABLE organizations;
