DROP TRIGGER IF EXISTS tg_pgqueuer_changed ON feedback.pgqueuer;
DROP FUNCTION IF EXISTS feedback.fn_pgqueuer_changed;
DROP TABLE IF EXISTS feedback.pgqueuer;
DROP TABLE IF EXISTS feedback.pgqueuer_log;
DROP TABLE IF EXISTS feedback.pgqueuer_schedules;
DROP TABLE IF EXISTS feedback.pgqueuer_statistics;
DROP TYPE IF EXISTS feedback.pgqueuer_status;
DROP TYPE IF EXISTS feedback.pgqueuer_statistics_status;
