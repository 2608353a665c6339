-- The version before knows no WeChat.
DELETE FROM audit WHERE action LIKE 'wechat%';
DROP TABLE wechat_unionids;
DROP TABLE wechat_openids;
DROP TABLE wechat_apps;
