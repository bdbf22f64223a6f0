-- Begin a comparison with DynamoDB: note where, so that adopt.lua and rebuild.lua know that no mark was lost since.
-- KEYS: pending, note      ARGV: seconds after which the note is forgotten
-- Returns the tokens of all marks.
redis.call('SET', KEYS[2], replication_id(), 'EX', ARGV[1])
return redis.call('HKEYS', KEYS[1])
