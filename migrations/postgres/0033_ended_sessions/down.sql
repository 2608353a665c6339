DROP TABLE ended_platform_sessions;
DROP TABLE ended_console_sessions;
