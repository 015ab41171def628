-- type: Observation?
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = $1 ORDER BY r.rid LIMIT 21;

-- type as a patient: Observation?
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = $1 AND r.owner = $2 ORDER BY r.rid LIMIT 21;

-- id: Patient?_id=a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = $1 AND r.body IS NOT NULL AND r.type = $2 ORDER BY r.rid LIMIT 21;

-- token: Observation?code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- token with system: Observation?code=http://loinc.org%7C1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 AND t1.system = (SELECT id FROM system WHERE uri = $3) ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- tokens: Observation?code=1,2
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = $3 AND t3.code = $4 ORDER BY t3.rid LIMIT 21) b) u ORDER BY rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- shared rows: Observation?combo-code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = $3 AND t3.code = $4 ORDER BY t3.rid LIMIT 21) b) u ORDER BY rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- token not: Observation?code:not=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = $1 AND NOT (EXISTS (SELECT 1 FROM idx_token t1 WHERE t1.rid = r.rid AND t1.param = $2 AND t1.code = $3 OFFSET 0)) ORDER BY r.rid LIMIT 21;

-- token as a patient: Practitioner?identifier=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND (t2.owner = $3 OR t2.owner IS NULL) OFFSET 0) ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- reference: Observation?patient=a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = $1 AND t1.target = (SELECT rid FROM resource WHERE type = $2 AND id = $3) ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- reference of any type: Observation?performer=doc
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_ref t1 WHERE t1.param = $1 AND t1.target IN (SELECT rid FROM resource WHERE type IN ($2, $3, $4) AND id = $5) GROUP BY t1.rid ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- reference and token: Observation?patient=a&code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = $1 AND t1.target = (SELECT rid FROM resource WHERE type = $2 AND id = $3) AND EXISTS (SELECT 1 FROM idx_token t3 WHERE t3.rid = t1.rid AND t3.param = $4 AND t3.code = $5 OFFSET 0) ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- reference and date: Observation?patient=a&date=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = $1 AND t1.target = (SELECT rid FROM resource WHERE type = $2 AND id = $3) AND EXISTS (SELECT 1 FROM idx_date t3 WHERE t3.rid = t1.rid AND t3.param = $4 AND (t3.lo >= $5 OR t3.hi > $6) OFFSET 0) ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- reference sorted: Observation?patient=a&_sort=-date
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT s.rid, s.k1 FROM (SELECT m.rid, (SELECT max(t3.lo) FROM idx_date t3 WHERE t3.rid = m.rid AND t3.param = $1) AS k1 FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = $2 AND t1.target = (SELECT rid FROM resource WHERE type = $3 AND id = $4)) m) s ORDER BY s.k1 DESC NULLS LAST, s.rid DESC LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- two tokens: Observation?code=1&category=vital-signs
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = $1 AND t1.code = $2), (SELECT CAST(coalesce(sum(t2.n), 0) AS bigint) FROM idx_count t2 WHERE t2.param = $3 AND t2.code = $4);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = $1 AND t3.code = $2 AND EXISTS (SELECT 1 FROM idx_token t5 WHERE t5.rid = t3.rid AND t5.param = $3 AND t5.code = $4 OFFSET 0) ORDER BY t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- token and date: Observation?code=1&date=2020
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = $1 AND t1.code = $2), (SELECT count(*) FROM (SELECT 1 AS n FROM idx_date t2 WHERE t2.param = $3 AND t2.lo >= $4 AND t2.lo < $5 AND t2.hi <= $6 LIMIT $7 + 0) c);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = $1 AND t3.code = $2 AND EXISTS (SELECT 1 FROM idx_date t5 WHERE t5.rid = t3.rid AND t5.param = $3 AND t5.lo >= $4 AND t5.lo < $5 AND t5.hi <= $6 OFFSET 0) ORDER BY t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- string: Patient?family=name
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = $1 AND t1.norm >= $2 AND t1.norm < $3 ORDER BY t1.norm, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- string exact: Patient?family:exact=name
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_string t1 WHERE t1.param = $1 AND t1.norm = $2 AND t1.exact = $3 ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- string contains: Patient?family:contains=name
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT * FROM (SELECT z.* FROM idx_posting w CROSS JOIN LATERAL (SELECT y.* FROM unnest(string_to_array(w.docs, ',')::bigint[]) WITH ORDINALITY j (value, i) CROSS JOIN LATERAL (SELECT * FROM idx_text t WHERE t.id = w.lo + j.value / 2 OFFSET 0) t CROSS JOIN LATERAL (SELECT t1.rid, t1.text AS k1 FROM (SELECT s.rid, s.param, s.n, s.norm, s.rest, t.id AS text, w.lo FROM idx_string s WHERE s.param = t.param AND s.norm = t.value) t1 WHERE (strpos(t1.norm, $2) > 0 OR t1.rest IS NOT NULL AND strpos((t1.norm || t1.rest), $3) > 0) ORDER BY t1.rid LIMIT 21) y WHERE (t.hash <> 0 OR strpos(t.value, $4) > 0) ORDER BY j.i FETCH FIRST 21 ROWS WITH TIES) z WHERE w.param = $5 AND w.term = $6 ORDER BY w.lo FETCH FIRST 21 ROWS WITH TIES) g ORDER BY k1, rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- string contains a letter: Patient?family:contains=n
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = $1 AND (strpos(t1.norm, $2) > 0 OR t1.rest IS NOT NULL AND strpos((t1.norm || t1.rest), $3) > 0) ORDER BY t1.norm, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- token text: Observation?code:text=press
SELECT c.seq, m.seq, x.i, x.param, x.value FROM counter c CROSS JOIN idx_mark m LEFT JOIN (SELECT * FROM (SELECT $1 + 0 AS i, t.param, t.value FROM idx_text t WHERE t.param = $2 AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w JOIN unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true WHERE w.param = $3 AND w.term = $4) AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w JOIN unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true WHERE w.param = $5 AND w.term = $6) AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w JOIN unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true WHERE w.param = $7 AND w.term = $8) LIMIT 1001) p) x ON 1 = 1 WHERE c.id = 1 AND m.id = 1;
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $2 AND 1 = 0 AND strpos(t1.text, $3) > 0 GROUP BY t1.rid ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word: Patient?_content=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT * FROM (SELECT z.* FROM idx_posting w CROSS JOIN LATERAL (SELECT t1.rid, t1.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq, j.i FROM unnest(string_to_array(w.docs, ',')::bigint[]) WITH ORDINALITY j (value, i) CROSS JOIN LATERAL (SELECT r.rid, r.seq FROM resource r WHERE r.seq = w.lo + j.value / 2 OFFSET 0) r WHERE r.rid > 0) t1 WHERE t1.rid > 0 ORDER BY t1.i LIMIT 21) z WHERE w.param = $2 AND w.term = $3 ORDER BY w.lo FETCH FIRST 21 ROWS WITH TIES) g ORDER BY k1, rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word of the narrative as a patient: Patient?_text=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = $2 AND r.owner = $3 AND EXISTS (SELECT 1 FROM resource t1 WHERE t1.rid = r.rid AND (EXISTS (SELECT 1 FROM idx_posting t2 WHERE t2.param = $4 AND t2.term = $5 AND t2.lo = (SELECT max(t3.lo) FROM idx_posting t3 WHERE t3.param = $6 AND t3.term = $7 AND t3.lo <= t1.seq) AND strpos((',' || t2.docs || ','), ',' || ((t1.seq - t2.lo) * 2 + 1) || ',') > 0 OFFSET 0)) OFFSET 0) ORDER BY r.rid LIMIT 21) x ON 1 = 1;

-- words: Observation?_content=blood+pressure
SELECT p.param, p.term, sum(p.n) FROM idx_posting p WHERE p.param = $1 AND p.term = $2 GROUP BY p.param, p.term UNION ALL SELECT p.param, p.term, sum(p.n) FROM idx_posting p WHERE p.param = $3 AND p.term = $4 GROUP BY p.param, p.term;
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT * FROM (SELECT z.* FROM idx_posting w CROSS JOIN LATERAL (SELECT t5.rid, t5.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq, j.i FROM unnest(string_to_array(w.docs, ',')::bigint[]) WITH ORDINALITY j (value, i) CROSS JOIN LATERAL (SELECT r.rid, r.seq FROM resource r WHERE r.seq = w.lo + j.value / 2 OFFSET 0) r WHERE r.rid > 0 AND EXISTS (SELECT 1 FROM idx_posting t1 WHERE t1.param = $2 AND t1.term = $3 AND t1.lo = (SELECT max(t2.lo) FROM idx_posting t2 WHERE t2.param = $4 AND t2.term = $5 AND t2.lo <= r.seq) AND (strpos((',' || t1.docs || ','), ',' || ((r.seq - t1.lo) * 2) || ',') > 0 OR strpos((',' || t1.docs || ','), ',' || ((r.seq - t1.lo) * 2 + 1) || ',') > 0))) t5 WHERE t5.rid > 0 ORDER BY t5.i LIMIT 21) z WHERE w.param = $6 AND w.term = $7 ORDER BY w.lo FETCH FIRST 21 ROWS WITH TIES) g ORDER BY k1, rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word and token: Observation?_content=blood&code=1
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = $1 AND t1.code = $2), (SELECT count(*) FROM (SELECT 1 AS n FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w JOIN unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = $3 AND w.term = $4) t2 WHERE t2.rid > 0 LIMIT $5 + 0) c);
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT * FROM (SELECT z.* FROM idx_posting w CROSS JOIN LATERAL (SELECT t3.rid, t3.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq, j.i FROM unnest(string_to_array(w.docs, ',')::bigint[]) WITH ORDINALITY j (value, i) CROSS JOIN LATERAL (SELECT r.rid, r.seq FROM resource r WHERE r.seq = w.lo + j.value / 2 OFFSET 0) r WHERE r.rid > 0) t3 WHERE t3.rid > 0 AND EXISTS (SELECT 1 FROM idx_token t5 WHERE t5.rid = t3.rid AND t5.param = $2 AND t5.code = $3 OFFSET 0) ORDER BY t3.i LIMIT 21) z WHERE w.param = $4 AND w.term = $5 ORDER BY w.lo FETCH FIRST 21 ROWS WITH TIES) g ORDER BY k1, rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word in a chain: Observation?patient._content=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > $1 THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t3.rid FROM (SELECT t2.rid FROM (SELECT t1.rid FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w JOIN unnest(string_to_array(w.docs, ',')::bigint[]) j (value) ON true JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = $2 AND w.term = $3) t1 WHERE t1.rid > 0) c JOIN idx_ref t2 ON t2.target = c.rid AND t2.param = $4) t3 WHERE t3.rid > 0 GROUP BY t3.rid ORDER BY t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- date: Observation?date=2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 AND t1.lo >= $2 AND t1.lo < $3 AND t1.hi <= $4 ORDER BY t1.lo, t1.hi, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- date from: Observation?date=ge2020&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 AND t1.lo >= $2 ORDER BY t1.lo, t1.hi, t1.rid LIMIT 2) p JOIN resource r ON r.rid = p.rid;

-- date from, with what began before: Observation?date=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 AND t1.lo >= $2 ORDER BY t1.lo, t1.hi, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = $1 AND t3.lo >= $2 AND t3.lo < $3 AND t3.hi > $4 AND t3.hi - t3.lo <= $5 AND EXISTS (SELECT 1 FROM resource t4 WHERE t4.rid = t3.rid AND t4.seq <= $6 OFFSET 0) ORDER BY t3.lo, t3.hi, t3.rid LIMIT 16) b UNION ALL SELECT * FROM (SELECT t5.rid, t5.lo AS k1, t5.hi AS k2 FROM idx_date t5 WHERE t5.param = $7 AND t5.hi - t5.lo > 2678400000000 AND t5.hi > $8 AND +t5.lo < $9 AND EXISTS (SELECT 1 FROM resource t6 WHERE t6.rid = t5.rid AND t6.seq <= $10 OFFSET 0) ORDER BY t5.lo + 0, t5.hi, t5.rid LIMIT 16) b) u ORDER BY k1, k2, rid LIMIT 16) p JOIN resource r ON r.rid = p.rid;

-- date between: Observation?date=lt2020-02&date=ge2020-01
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 AND t1.lo >= $2 AND (t1.lo < $3) ORDER BY t1.lo, t1.hi, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = $1 AND t3.lo >= $2 AND t3.lo < $3 AND t3.hi > $4 AND t3.hi - t3.lo <= $5 AND (t3.lo < $6) AND EXISTS (SELECT 1 FROM resource t4 WHERE t4.rid = t3.rid AND t4.seq <= $7 OFFSET 0) ORDER BY t3.lo, t3.hi, t3.rid LIMIT 19) b UNION ALL SELECT * FROM (SELECT t5.rid, t5.lo AS k1, t5.hi AS k2 FROM idx_date t5 WHERE t5.param = $8 AND t5.hi - t5.lo > 2678400000000 AND t5.hi > $9 AND +t5.lo < $10 AND (t5.lo < $11) AND EXISTS (SELECT 1 FROM resource t6 WHERE t6.rid = t5.rid AND t6.seq <= $12 OFFSET 0) ORDER BY t5.lo + 0, t5.hi, t5.rid LIMIT 19) b) u ORDER BY k1, k2, rid LIMIT 19) p JOIN resource r ON r.rid = p.rid;

-- period: Coverage?period=gt2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 AND t1.lo >= $2 ORDER BY t1.lo, t1.hi, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = $1 AND t3.lo >= $2 AND t3.lo < $3 AND t3.hi > $4 AND t3.hi - t3.lo <= $5 AND NOT EXISTS (SELECT 1 FROM idx_date t5 WHERE t5.rid = t3.rid AND (t5.param = $6 AND ((t5.lo >= $7 AND t5.lo < $8 AND t5.hi > $9 AND t5.hi - t5.lo <= $10 OR t5.hi - t5.lo > 2678400000000 AND t5.hi > $11 AND +t5.lo < $12)) IS TRUE AND (t5.lo, t5.hi, t5.param) < (t3.lo, t3.hi, t3.param) OR t5.param = $13 AND (t5.lo >= $14) IS TRUE) OFFSET 0) ORDER BY t3.lo, t3.hi, t3.rid LIMIT 21) b UNION ALL SELECT * FROM (SELECT t6.rid, t6.lo AS k1, t6.hi AS k2 FROM idx_date t6 WHERE t6.param = $15 AND t6.hi - t6.lo > 2678400000000 AND t6.hi > $16 AND +t6.lo < $17 AND NOT EXISTS (SELECT 1 FROM idx_date t8 WHERE t8.rid = t6.rid AND (t8.param = $18 AND ((t8.lo >= $19 AND t8.lo < $20 AND t8.hi > $21 AND t8.hi - t8.lo <= $22 OR t8.hi - t8.lo > 2678400000000 AND t8.hi > $23 AND +t8.lo < $24)) IS TRUE AND (t8.lo, t8.hi, t8.param) < (t6.lo, t6.hi, t6.param) OR t8.param = $25 AND (t8.lo >= $26) IS TRUE) OFFSET 0) ORDER BY t6.lo + 0, t6.hi, t6.rid LIMIT 21) b) u ORDER BY k1, k2, rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- number: RiskAssessment?probability=gt0.5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.value AS k1 FROM idx_number t1 WHERE t1.param = $1 AND t1.value > $2 ORDER BY t1.value, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t3.rid, t3.value AS k1 FROM idx_number t3 WHERE t3.param = $1 AND abs(t3.lo + t3.hi - 2 * t3.value) > 0.01 * (t3.hi - t3.lo) AND NOT (t3.value > $2) AND t3.hi > $3 AND NOT EXISTS (SELECT 1 FROM idx_number t5 WHERE t5.rid = t3.rid AND (t5.param = $4 AND (abs(t5.lo + t5.hi - 2 * t5.value) > 0.01 * (t5.hi - t5.lo) AND NOT (t5.value > $5) AND t5.hi > $6) IS TRUE AND (t5.value, t5.param, t5.lo, t5.hi) < (t3.value, t3.param, t3.lo, t3.hi) OR t5.param = $7 AND (t5.value > $8) IS TRUE) OFFSET 0) ORDER BY t3.value + 0, t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- quantity: Observation?value-quantity=gt5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2, p.k3 FROM (SELECT t1.rid, t1.value AS k1, t1.code AS k2, t1.system AS k3 FROM idx_quantity t1 WHERE t1.param = $1 AND t1.value > $2 ORDER BY t1.value, t1.code, t1.system, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2, p.k3 FROM (SELECT t3.rid, t3.value AS k1, t3.code AS k2, t3.system AS k3 FROM idx_quantity t3 WHERE t3.param = $1 AND abs(t3.lo + t3.hi - 2 * t3.value) > 0.01 * (t3.hi - t3.lo) AND NOT (t3.value > $2) AND t3.hi > $3 ORDER BY t3.value + 0, t3.code, t3.system, t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- quantity with unit: Observation?value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.canon_lo AS k1, t1.canon_hi AS k2 FROM idx_quantity t1 WHERE t1.param = $1 AND t1.canon_unit = $2 AND (((t1.canon_lo + t1.canon_hi) / 2 > $3 OR abs(t1.lo + t1.hi - 2 * t1.value) > 0.01 * (t1.hi - t1.lo) AND t1.canon_hi > $4)) AND t1.canon_hi >= $5 ORDER BY t1.canon_lo DESC, t1.canon_hi DESC, t1.rid DESC LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- uri: ValueSet?url=http://a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_uri t1 WHERE t1.param = $1 AND t1.uri = $2 ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- composite: Observation?code-value-quantity=1$gt5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.b_value AS k1, t1.b_text AS k2 FROM idx_composite t1 WHERE t1.param = $1 AND t1.a_text = $2 AND t1.b_value > $3 ORDER BY t1.b_value, t1.b_text, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t3.rid, t3.b_value AS k1, t3.b_text AS k2 FROM idx_composite t3 WHERE t3.param = $1 AND t3.a_text = $2 AND abs(t3.b_lo + t3.b_hi - 2 * t3.b_value) > 0.01 * (t3.b_hi - t3.b_lo) AND NOT (t3.b_value > $3) AND t3.b_hi > $4 AND NOT EXISTS (SELECT 1 FROM idx_composite t5 WHERE t5.rid = t3.rid AND (t5.param = $5 AND (t5.a_text = $6 AND abs(t5.b_lo + t5.b_hi - 2 * t5.b_value) > 0.01 * (t5.b_hi - t5.b_lo) AND NOT (t5.b_value > $7) AND t5.b_hi > $8) IS TRUE AND (t5.b_value, t5.b_text, t5.param, t5.n) < (t3.b_value, t3.b_text, t3.param, t3.n) OR t5.param = $9 AND (t5.a_text = $10 AND t5.b_value > $11) IS TRUE) OFFSET 0) ORDER BY t3.b_value + 0, t3.b_text, t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- composite of strings: Observation?code-value-string=1$note
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_composite t1 WHERE t1.param = $1 AND t1.a_text = $2 AND t1.b_value = 0 AND t1.b_text >= $3 AND t1.b_text < $4 GROUP BY t1.rid ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- chain: Observation?patient.identifier=1
SELECT * FROM (SELECT $1 + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $2 AND t1.code = $3 UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = $4 AND t2.code = $5 AND t2.rid < 0) f LIMIT 65) p UNION ALL SELECT $6 + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $7 AND t1.code = $8 UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = $9 AND t2.code = $10 AND t2.rid < 0) f LIMIT 512) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = $11 AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t3.rid FROM idx_ref t3 WHERE t3.param = $1 AND 1 = 0 GROUP BY t3.rid ORDER BY t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- chain as a patient: Observation?patient.identifier=1
SELECT * FROM (SELECT $1 + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $2 AND t1.code = $3 AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND t2.owner = $4) UNION ALL SELECT t3.rid FROM idx_token t3 WHERE t3.param = $5 AND t3.code = $6 AND t3.rid < 0) f LIMIT 65) p UNION ALL SELECT $7 + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $8 AND t1.code = $9 AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND t2.owner = $10) UNION ALL SELECT t3.rid FROM idx_token t3 WHERE t3.param = $11 AND t3.code = $12 AND t3.rid < 0) f LIMIT 512) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = $13 AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t4.rid FROM idx_ref t4 WHERE t4.param = $1 AND 1 = 0 AND EXISTS (SELECT 1 FROM resource t5 WHERE t5.rid = t4.rid AND t5.owner = $2 OFFSET 0) GROUP BY t4.rid ORDER BY t4.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- chain beside a reference: Observation?patient=a&encounter.status=finished
SELECT * FROM (SELECT $1 + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $2 AND t1.code = $3 UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = $4 AND t2.code = $5 AND t2.rid < 0) f LIMIT 65) p UNION ALL SELECT $6 + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $7 AND t1.code = $8 UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = $9 AND t2.code = $10 AND t2.rid < 0) f LIMIT 512) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = $11 AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_ref t3 WHERE t3.param = $1 AND t3.target = (SELECT rid FROM resource WHERE type = $2 AND id = $3) AND EXISTS (SELECT 1 FROM idx_ref t5 WHERE t5.rid = t3.rid AND t5.param = $4 AND t5.target IN ($5, $6) OFFSET 0) ORDER BY t3.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- has: Patient?_has:Observation:patient:code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t4.rid FROM (SELECT t2.target AS rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2) c JOIN idx_ref t2 ON t2.rid = c.rid AND t2.param = $3 JOIN resource t3 ON t3.rid = t2.target AND t3.type = $4 AND t3.body IS NOT NULL) t4 WHERE t4.rid > 0 GROUP BY t4.rid ORDER BY t4.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- missing: Patient?birthdate:missing=true
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = $1 AND NOT (EXISTS (SELECT 1 FROM idx_date t1 WHERE t1.rid = r.rid AND t1.param = $2 OFFSET 0)) ORDER BY r.rid LIMIT 21;

-- last updated: Patient?_lastUpdated=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.updated >= $1 AND r.type = $2 ORDER BY r.updated, r.rid LIMIT 21;

-- sort: Observation?_sort=-date&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 ORDER BY t1.lo DESC, t1.hi DESC, t1.rid DESC LIMIT 2) p JOIN resource r ON r.rid = p.rid;

-- sort with its tail: Observation?_sort=date
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = $1 ORDER BY t1.lo, t1.hi, t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t3.rid, NULL AS k1, NULL AS k2 FROM resource t3 WHERE t3.body IS NOT NULL AND t3.type = $1 AND t3.seq <= $2 AND NOT (EXISTS (SELECT 1 FROM idx_date t4 WHERE t4.rid = t3.rid AND t4.param = $3 OFFSET 0)) ORDER BY t3.rid LIMIT 16) p JOIN resource r ON r.rid = p.rid;

-- sort by last update: Patient?_sort=-_lastUpdated
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.type = $1 ORDER BY r.updated DESC, r.rid DESC LIMIT 21;

-- sort by string: Patient?_sort=family&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = $1 ORDER BY t1.norm, t1.rid LIMIT 2) p JOIN resource r ON r.rid = p.rid;

-- sort of few: Observation?code=1&_sort=-date
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = $1 AND t1.code = $2);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT s.rid, s.k1 FROM (SELECT m.rid, (SELECT max(t4.lo) FROM idx_date t4 WHERE t4.rid = m.rid AND t4.param = $1) AS k1 FROM (SELECT DISTINCT t2.rid FROM idx_token t2 WHERE t2.param = $2 AND t2.code = $3) m) s ORDER BY s.k1 DESC NULLS LAST, s.rid DESC LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- sort by two keys: Patient?_sort=gender,-birthdate
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT s.rid, s.k1, s.k2 FROM (SELECT m.rid, t3.k AS k1, (SELECT max(t4.lo) FROM idx_date t4 WHERE t4.rid = m.rid AND t4.param = $1) AS k2 FROM (SELECT t1.rid FROM resource t1 WHERE t1.body IS NOT NULL AND t1.type = $2) m LEFT JOIN (SELECT t2.rid, min(t2.code) AS k FROM idx_token t2 WHERE t2.param = $3 GROUP BY t2.rid) t3 ON t3.rid = m.rid) s ORDER BY s.k1 NULLS LAST, s.k2 DESC NULLS LAST, s.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- count: Observation?code=1&_summary=count
SELECT t.n FROM idx_count t WHERE t.n <> 0 AND t.param = $1 AND t.code = $2;

-- total: Observation?code=1&_total=accurate&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 2) p JOIN resource r ON r.rid = p.rid;
SELECT t.n FROM idx_count t WHERE t.n <> 0 AND t.param = $1 AND t.code = $2;

-- total that the page tells: Observation?code=1&_total=accurate
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- include: Observation?code=1&_include=Observation:subject&_include=Observation:encounter
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.target AS rid FROM idx_ref t3 WHERE t3.rid IN ($1, $2) AND t3.param = $3 UNION SELECT DISTINCT t4.target AS rid FROM idx_ref t4 WHERE t4.rid IN ($4, $5) AND t4.param = $6) i JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid IN ($7, $8)) AND r.body IS NOT NULL LIMIT $9 + 0;

-- include iterate: Observation?_id=oa&_include=Observation:subject&_include:iterate=Patient:organization
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = $1 AND r.body IS NOT NULL AND r.type = $2 ORDER BY r.rid LIMIT 21;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.target AS rid FROM idx_ref t1 WHERE t1.rid = $1 AND t1.param = $2) i JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = $3) AND r.body IS NOT NULL LIMIT $4 + 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t2.target AS rid FROM idx_ref t2 WHERE t2.rid = $1 AND t2.param = $2) i JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = $3) AND r.body IS NOT NULL LIMIT $4 + 0;

-- revinclude: Patient?_id=a&_revinclude=Observation:subject
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = $1 AND r.body IS NOT NULL AND r.type = $2 ORDER BY r.rid LIMIT 21;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_ref t1 WHERE t1.param = $1 AND t1.target = $2) i JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = $3) AND r.body IS NOT NULL LIMIT $4 + 0;

-- include as a patient: Observation?_id=oa&_include=*
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = $1 AND r.body IS NOT NULL AND r.type = $2 AND r.owner = $3 ORDER BY r.rid LIMIT 21;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.target AS rid FROM idx_ref t1 WHERE t1.rid = $1 AND t1.param IN ($2, $3, $4, $5)) i JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = $6) AND r.body IS NOT NULL AND ((r.owner = $7 AND r.type IN ($8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)) OR ((r.owner = $22 OR r.owner IS NULL) AND r.type IN ($23, $24, $25, $26))) LIMIT $27 + 0;

-- system: ?_type=Patient,Observation&_tag=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = $1 AND t1.code = $2 ORDER BY t1.rid LIMIT 21) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = $3 AND t3.code = $4 ORDER BY t3.rid LIMIT 21) b) u ORDER BY rid LIMIT 21) p JOIN resource r ON r.rid = p.rid;

-- everything: ?_lastUpdated=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.updated >= $1 ORDER BY r.updated, r.rid LIMIT 21;

