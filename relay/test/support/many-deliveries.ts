/** Returns statements for both databases that add deliveries to the first channel. No Zap selects these deliveries. */
export const addDeliveries = (count: number, receivedAt = '1000000000 + i'): readonly [string, string] => [
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
   INSERT INTO deliveries (seq, channel, number, id, received_at, expires_at, actions, is_concern, is_repeat, is_remembered,
     bytes, key_id, sealed)
   SELECT i, (SELECT min(key) FROM channels), i, CAST(i AS text), ${receivedAt}, 9000000000000, '["A"]', false, false, false,
     1, '00000000-0000-4000-8000-0000000000d0', (SELECT seal_key FROM channels LIMIT 1) FROM n`,
  `UPDATE channels SET newest_number = ${count}, newest_seq = ${count} WHERE key = (SELECT min(key) FROM channels)`,
];
