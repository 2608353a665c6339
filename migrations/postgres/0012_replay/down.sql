DROP TABLE replay_floor;
DROP TABLE replay;
