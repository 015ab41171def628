-- type: Observation?
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = ? ORDER BY r.rid LIMIT ? + 0;

-- type as a patient: Observation?
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = ? AND r.owner = ? ORDER BY r.rid LIMIT ? + 0;

-- id: Patient?_id=a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = ? AND r.body IS NOT NULL AND r.type = ? ORDER BY r.rid LIMIT ? + 0;

-- token: Observation?code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- token with system: Observation?code=http://loinc.org%7C1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? AND t1.system = (SELECT id FROM system WHERE uri = ?) ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- tokens: Observation?code=1,2
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? ORDER BY t3.rid LIMIT ? + 0) b) u ORDER BY rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- shared rows: Observation?combo-code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? ORDER BY t3.rid LIMIT ? + 0) b) u ORDER BY rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- token not: Observation?code:not=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = ? AND NOT (EXISTS (SELECT 1 FROM idx_token t1 WHERE t1.rid = r.rid AND t1.param = ? AND t1.code = ?)) ORDER BY r.rid LIMIT ? + 0;

-- token as a patient: Practitioner?identifier=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND (t2.owner = ? OR t2.owner IS NULL)) ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- reference: Observation?patient=a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target = (SELECT rid FROM resource WHERE type = ? AND id = ?) ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- reference of any type: Observation?performer=doc
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target IN (SELECT rid FROM resource WHERE type IN (?, ?, ?) AND id = ?) GROUP BY t1.rid ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- reference and token: Observation?patient=a&code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target = (SELECT rid FROM resource WHERE type = ? AND id = ?) AND EXISTS (SELECT 1 FROM idx_token t3 WHERE t3.rid = t1.rid AND t3.param = ? AND t3.code = ?) ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- reference and date: Observation?patient=a&date=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target = (SELECT rid FROM resource WHERE type = ? AND id = ?) AND EXISTS (SELECT 1 FROM idx_date t3 WHERE t3.rid = t1.rid AND t3.param = ? AND (t3.lo >= ? OR t3.hi > ?)) ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- reference sorted: Observation?patient=a&_sort=-date
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT s.rid, s.k1 FROM (SELECT m.rid, (SELECT max(t3.lo) FROM idx_date t3 WHERE t3.rid = m.rid AND t3.param = ?) AS k1 FROM (SELECT DISTINCT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target = (SELECT rid FROM resource WHERE type = ? AND id = ?)) m) s ORDER BY s.k1 DESC NULLS LAST, s.rid DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- two tokens: Observation?code=1&category=vital-signs
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = ? AND t1.code = ?), (SELECT CAST(coalesce(sum(t2.n), 0) AS bigint) FROM idx_count t2 WHERE t2.param = ? AND t2.code = ?);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? AND EXISTS (SELECT 1 FROM idx_token t5 WHERE t5.rid = t3.rid AND t5.param = ? AND t5.code = ?) ORDER BY t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- token and date: Observation?code=1&date=2020
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = ? AND t1.code = ?), (SELECT count(*) FROM (SELECT 1 AS n FROM idx_date t2 WHERE t2.param = ? AND t2.lo >= ? AND t2.lo < ? AND t2.hi <= ? LIMIT ? + 0) c);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? AND EXISTS (SELECT 1 FROM idx_date t5 WHERE t5.rid = t3.rid AND t5.param = ? AND t5.lo >= ? AND t5.lo < ? AND t5.hi <= ?) ORDER BY t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- string: Patient?family=name
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = ? AND t1.norm >= ? AND t1.norm < ? ORDER BY t1.norm, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- string exact: Patient?family:exact=name
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_string t1 WHERE t1.param = ? AND t1.norm = ? AND t1.exact = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- string contains: Patient?family:contains=name
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.text AS k1 FROM (SELECT s.rid, s.param, s.n, s.norm, s.rest, t.id AS text, w.lo FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN idx_text t ON t.id = w.lo + j.value / 2 CROSS JOIN idx_string s ON s.param = t.param AND s.norm = t.value AND s.n >= 0 WHERE w.param = ? AND w.term = ? AND (t.hash <> 0 OR instr(t.value, ?) > 0)) t1 WHERE (instr(t1.norm, ?) > 0 OR t1.rest IS NOT NULL AND instr((t1.norm || t1.rest), ?) > 0) ORDER BY t1.lo LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- string contains a letter: Patient?family:contains=n
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = ? AND (instr(t1.norm, ?) > 0 OR t1.rest IS NOT NULL AND instr((t1.norm || t1.rest), ?) > 0) AND t1.n >= 0 ORDER BY t1.norm, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- token text: Observation?code:text=press
SELECT c.seq, m.seq, x.i, x.param, x.value FROM counter c CROSS JOIN idx_mark m LEFT JOIN (SELECT * FROM (SELECT ? + 0 AS i, t.param, t.value FROM idx_text t WHERE t.param = ? AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true WHERE w.param = ? AND w.term = ?) AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true WHERE w.param = ? AND w.term = ?) AND t.id IN (SELECT w.lo + j.value / 2 FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true WHERE w.param = ? AND w.term = ?) LIMIT ? + 0) p) x ON 1 = 1 WHERE c.id = 1 AND m.id = 1;
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND 1 = 0 AND instr(t1.text, ?) > 0 GROUP BY t1.rid ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word: Patient?_content=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = ? AND w.term = ?) t1 WHERE t1.rid > 0 ORDER BY t1.lo LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word of the narrative as a patient: Patient?_text=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = ? AND r.owner = ? AND EXISTS (SELECT 1 FROM resource t1 WHERE t1.rid = r.rid AND (EXISTS (SELECT 1 FROM idx_posting t2 WHERE t2.param = ? AND t2.term = ? AND t2.lo = (SELECT max(t3.lo) FROM idx_posting t3 WHERE t3.param = ? AND t3.term = ? AND t3.lo <= t1.seq) AND instr((',' || t2.docs || ','), ',' || ((t1.seq - t2.lo) * 2 + 1) || ',') > 0))) ORDER BY r.rid LIMIT ? + 0) x ON 1 = 1;

-- words: Observation?_content=blood+pressure
SELECT p.param, p.term, sum(p.n) FROM idx_posting p WHERE p.param = ? AND p.term = ? GROUP BY p.param, p.term UNION ALL SELECT p.param, p.term, sum(p.n) FROM idx_posting p WHERE p.param = ? AND p.term = ? GROUP BY p.param, p.term;
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t5.rid, t5.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = ? AND w.term = ? AND EXISTS (SELECT 1 FROM idx_posting t1 WHERE t1.param = ? AND t1.term = ? AND t1.lo = (SELECT max(t2.lo) FROM idx_posting t2 WHERE t2.param = ? AND t2.term = ? AND t2.lo <= r.seq) AND (instr((',' || t1.docs || ','), ',' || ((r.seq - t1.lo) * 2) || ',') > 0 OR instr((',' || t1.docs || ','), ',' || ((r.seq - t1.lo) * 2 + 1) || ',') > 0))) t5 WHERE t5.rid > 0 ORDER BY t5.lo LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word and token: Observation?_content=blood&code=1
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = ? AND t1.code = ?), (SELECT count(*) FROM (SELECT 1 AS n FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = ? AND w.term = ?) t2 WHERE t2.rid > 0 LIMIT ? + 0) c);
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t3.rid, t3.seq AS k1 FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = ? AND w.term = ?) t3 WHERE t3.rid > 0 AND EXISTS (SELECT 1 FROM idx_token t5 WHERE t5.rid = t3.rid AND t5.param = ? AND t5.code = ?) ORDER BY t3.lo LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- word in a chain: Observation?patient._content=smith
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT t5.rid FROM (SELECT t2.rid FROM (SELECT t1.rid FROM (SELECT r.rid, w.lo, r.seq FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = w.lo + j.value / 2 WHERE w.param = ? AND w.term = ?) t1 WHERE t1.rid > 0) c CROSS JOIN idx_ref t2 ON t2.target = c.rid AND t2.param = ?) t5 WHERE t5.rid > 0 GROUP BY t5.rid ORDER BY t5.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT t7.rid FROM (SELECT t4.rid FROM (SELECT t3.rid FROM (SELECT -((r.rid << 12) | ((w.lo + j.value / 2) & 4095)) AS rid FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = ((w.lo + j.value / 2) >> 12) WHERE w.param = ? AND w.term = ?) t3 WHERE t3.rid < 0) c CROSS JOIN idx_ref t4 ON t4.target = c.rid AND t4.param = ?) t7 WHERE t7.rid > 0 GROUP BY t7.rid ORDER BY t7.rid LIMIT ? + 0) b) u ORDER BY rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid) x ON 1 = 1;

-- date: Observation?date=2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? AND t1.lo >= ? AND t1.lo < ? AND t1.hi <= ? ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- date from: Observation?date=ge2020&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? AND t1.lo >= ? ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- date from, with what began before: Observation?date=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? AND t1.lo >= ? ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = ? AND t3.lo >= ? AND t3.lo < ? AND t3.hi > ? AND t3.hi - t3.lo <= ? AND EXISTS (SELECT 1 FROM resource t4 WHERE t4.rid = t3.rid AND t4.seq <= ?) ORDER BY t3.lo, t3.hi, t3.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT t5.rid, t5.lo AS k1, t5.hi AS k2 FROM idx_date t5 WHERE t5.param = ? AND t5.hi - t5.lo > 2678400000000 AND t5.hi > ? AND +t5.lo < ? AND EXISTS (SELECT 1 FROM resource t6 WHERE t6.rid = t5.rid AND t6.seq <= ?) ORDER BY t5.lo + 0, t5.hi, t5.rid LIMIT ? + 0) b) u ORDER BY k1, k2, rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- date between: Observation?date=lt2020-02&date=ge2020-01
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? AND t1.lo >= ? AND (t1.lo < ?) ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = ? AND t3.lo >= ? AND t3.lo < ? AND t3.hi > ? AND t3.hi - t3.lo <= ? AND (t3.lo < ?) AND EXISTS (SELECT 1 FROM resource t4 WHERE t4.rid = t3.rid AND t4.seq <= ?) ORDER BY t3.lo, t3.hi, t3.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT t5.rid, t5.lo AS k1, t5.hi AS k2 FROM idx_date t5 WHERE t5.param = ? AND t5.hi - t5.lo > 2678400000000 AND t5.hi > ? AND +t5.lo < ? AND (t5.lo < ?) AND EXISTS (SELECT 1 FROM resource t6 WHERE t6.rid = t5.rid AND t6.seq <= ?) ORDER BY t5.lo + 0, t5.hi, t5.rid LIMIT ? + 0) b) u ORDER BY k1, k2, rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- period: Coverage?period=gt2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? AND t1.lo >= ? ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT DISTINCT k1, k2, rid FROM (SELECT * FROM (SELECT t3.rid, t3.lo AS k1, t3.hi AS k2 FROM idx_date t3 WHERE t3.param = ? AND t3.lo >= ? AND t3.lo < ? AND t3.hi > ? AND t3.hi - t3.lo <= ? AND NOT EXISTS (SELECT 1 FROM idx_date t5 WHERE t5.rid = t3.rid AND (t5.param = ? AND ((t5.lo >= ? AND t5.lo < ? AND t5.hi > ? AND t5.hi - t5.lo <= ? OR t5.hi - t5.lo > 2678400000000 AND t5.hi > ? AND +t5.lo < ?)) IS TRUE AND (t5.lo, t5.hi, t5.param) < (t3.lo, t3.hi, t3.param) OR t5.param = ? AND (t5.lo >= ?) IS TRUE)) ORDER BY t3.lo, t3.hi, t3.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT t6.rid, t6.lo AS k1, t6.hi AS k2 FROM idx_date t6 WHERE t6.param = ? AND t6.hi - t6.lo > 2678400000000 AND t6.hi > ? AND +t6.lo < ? AND NOT EXISTS (SELECT 1 FROM idx_date t8 WHERE t8.rid = t6.rid AND (t8.param = ? AND ((t8.lo >= ? AND t8.lo < ? AND t8.hi > ? AND t8.hi - t8.lo <= ? OR t8.hi - t8.lo > 2678400000000 AND t8.hi > ? AND +t8.lo < ?)) IS TRUE AND (t8.lo, t8.hi, t8.param) < (t6.lo, t6.hi, t6.param) OR t8.param = ? AND (t8.lo >= ?) IS TRUE)) ORDER BY t6.lo + 0, t6.hi, t6.rid LIMIT ? + 0) b) u ORDER BY k1, k2, rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- number: RiskAssessment?probability=gt0.5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.value AS k1 FROM idx_number t1 WHERE t1.param = ? AND t1.value > ? ORDER BY t1.value, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t3.rid, t3.value AS k1 FROM idx_number t3 WHERE t3.param = ? AND abs(t3.lo + t3.hi - 2 * t3.value) > 0.01 * (t3.hi - t3.lo) AND NOT (t3.value > ?) AND t3.hi > ? AND NOT EXISTS (SELECT 1 FROM idx_number t5 WHERE t5.rid = t3.rid AND (t5.param = ? AND (abs(t5.lo + t5.hi - 2 * t5.value) > 0.01 * (t5.hi - t5.lo) AND NOT (t5.value > ?) AND t5.hi > ?) IS TRUE AND (t5.value, t5.param, t5.lo, t5.hi) < (t3.value, t3.param, t3.lo, t3.hi) OR t5.param = ? AND (t5.value > ?) IS TRUE)) ORDER BY t3.value + 0, t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- quantity: Observation?value-quantity=gt5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2, p.k3 FROM (SELECT t1.rid, t1.value AS k1, t1.code AS k2, t1.system AS k3 FROM idx_quantity t1 WHERE t1.param = ? AND t1.value > ? ORDER BY t1.value, t1.code, t1.system, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2, p.k3 FROM (SELECT t3.rid, t3.value AS k1, t3.code AS k2, t3.system AS k3 FROM idx_quantity t3 WHERE t3.param = ? AND abs(t3.lo + t3.hi - 2 * t3.value) > 0.01 * (t3.hi - t3.lo) AND NOT (t3.value > ?) AND t3.hi > ? ORDER BY t3.value + 0, t3.code, t3.system, t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- quantity with unit: Observation?value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmg
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.canon_lo AS k1, t1.canon_hi AS k2 FROM idx_quantity t1 WHERE t1.param = ? AND t1.canon_unit = ? AND (((t1.canon_lo + t1.canon_hi) / 2 > ? OR abs(t1.lo + t1.hi - 2 * t1.value) > 0.01 * (t1.hi - t1.lo) AND t1.canon_hi > ?)) AND t1.canon_hi >= ? ORDER BY t1.canon_lo DESC, t1.canon_hi DESC, t1.rid DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- uri: ValueSet?url=http://a
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_uri t1 WHERE t1.param = ? AND t1.uri = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- composite: Observation?code-value-quantity=1$gt5
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.b_value AS k1, t1.b_text AS k2 FROM idx_composite t1 WHERE t1.param = ? AND t1.a_text = ? AND t1.b_value > ? ORDER BY t1.b_value, t1.b_text, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t3.rid, t3.b_value AS k1, t3.b_text AS k2 FROM idx_composite t3 WHERE t3.param = ? AND t3.a_text = ? AND abs(t3.b_lo + t3.b_hi - 2 * t3.b_value) > 0.01 * (t3.b_hi - t3.b_lo) AND NOT (t3.b_value > ?) AND t3.b_hi > ? AND NOT EXISTS (SELECT 1 FROM idx_composite t5 WHERE t5.rid = t3.rid AND (t5.param = ? AND (t5.a_text = ? AND abs(t5.b_lo + t5.b_hi - 2 * t5.b_value) > 0.01 * (t5.b_hi - t5.b_lo) AND NOT (t5.b_value > ?) AND t5.b_hi > ?) IS TRUE AND (t5.b_value, t5.b_text, t5.param, t5.n) < (t3.b_value, t3.b_text, t3.param, t3.n) OR t5.param = ? AND (t5.a_text = ? AND t5.b_value > ?) IS TRUE)) ORDER BY t3.b_value + 0, t3.b_text, t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- composite of strings: Observation?code-value-string=1$note
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_composite t1 WHERE t1.param = ? AND t1.a_text = ? AND t1.b_value = 0 AND t1.b_text >= ? AND t1.b_text < ? GROUP BY t1.rid ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- chain: Observation?patient.identifier=1
SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = ? AND t2.code = ? AND t2.rid < 0) f LIMIT ? + 0) p UNION ALL SELECT ? + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = ? AND t2.code = ? AND t2.rid < 0) f LIMIT ? + 0) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t3.rid FROM idx_ref t3 WHERE t3.param = ? AND 1 = 0 GROUP BY t3.rid ORDER BY t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- chain as a patient: Observation?patient.identifier=1
SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND t2.owner = ?) UNION ALL SELECT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? AND t3.rid < 0) f LIMIT ? + 0) p UNION ALL SELECT ? + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? AND EXISTS (SELECT 1 FROM resource t2 WHERE t2.rid = t1.rid AND t2.owner = ?) UNION ALL SELECT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? AND t3.rid < 0) f LIMIT ? + 0) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t4.rid FROM idx_ref t4 WHERE t4.param = ? AND 1 = 0 AND EXISTS (SELECT 1 FROM resource t5 WHERE t5.rid = t4.rid AND t5.owner = ?) GROUP BY t4.rid ORDER BY t4.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- chain beside a reference: Observation?patient=a&encounter.status=finished
SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = ? AND t2.code = ? AND t2.rid < 0) f LIMIT ? + 0) p UNION ALL SELECT ? + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? UNION ALL SELECT t2.rid FROM idx_token t2 WHERE t2.param = ? AND t2.code = ? AND t2.rid < 0) f LIMIT ? + 0) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.rid FROM idx_ref t3 WHERE t3.param = ? AND t3.target = (SELECT rid FROM resource WHERE type = ? AND id = ?) AND EXISTS (SELECT 1 FROM idx_ref t5 WHERE t5.rid = t3.rid AND t5.param = ? AND t5.target IN (?, ?)) ORDER BY t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- has: Patient?_has:Observation:patient:code=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT t4.rid FROM (SELECT t2.target AS rid FROM (SELECT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ?) c CROSS JOIN idx_ref t2 ON t2.rid = c.rid AND t2.param = ? CROSS JOIN resource t3 ON t3.rid = t2.target AND t3.type = ? AND t3.body IS NOT NULL) t4 WHERE t4.rid > 0 GROUP BY t4.rid ORDER BY t4.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- missing: Patient?birthdate:missing=true
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.body IS NOT NULL AND r.type = ? AND NOT (EXISTS (SELECT 1 FROM idx_date t1 WHERE t1.rid = r.rid AND t1.param = ?)) ORDER BY r.rid LIMIT ? + 0;

-- last updated: Patient?_lastUpdated=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.updated >= ? AND r.type = ? ORDER BY r.updated, r.rid LIMIT ? + 0;

-- sort: Observation?_sort=-date&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? ORDER BY t1.lo DESC, t1.hi DESC, t1.rid DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- sort with its tail: Observation?_sort=date
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t1.rid, t1.lo AS k1, t1.hi AS k2 FROM idx_date t1 WHERE t1.param = ? ORDER BY t1.lo, t1.hi, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT t3.rid, NULL AS k1, NULL AS k2 FROM resource t3 WHERE t3.body IS NOT NULL AND t3.type = ? AND t3.seq <= ? AND NOT (EXISTS (SELECT 1 FROM idx_date t4 WHERE t4.rid = t3.rid AND t4.param = ?)) ORDER BY t3.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- sort by last update: Patient?_sort=-_lastUpdated
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.type = ? ORDER BY r.updated DESC, r.rid DESC LIMIT ? + 0;

-- sort by string: Patient?_sort=family&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT t1.rid, t1.norm AS k1 FROM idx_string t1 WHERE t1.param = ? AND t1.n >= 0 ORDER BY t1.norm, t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- sort of few: Observation?code=1&_sort=-date
SELECT (SELECT CAST(coalesce(sum(t1.n), 0) AS bigint) FROM idx_count t1 WHERE t1.param = ? AND t1.code = ?);
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1 FROM (SELECT s.rid, s.k1 FROM (SELECT m.rid, (SELECT max(t4.lo) FROM idx_date t4 WHERE t4.rid = m.rid AND t4.param = ?) AS k1 FROM (SELECT DISTINCT t2.rid FROM idx_token t2 WHERE t2.param = ? AND t2.code = ?) m) s ORDER BY s.k1 DESC NULLS LAST, s.rid DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- sort by two keys: Patient?_sort=gender,-birthdate
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k1, p.k2 FROM (SELECT s.rid, s.k1, s.k2 FROM (SELECT m.rid, t3.k AS k1, (SELECT max(t4.lo) FROM idx_date t4 WHERE t4.rid = m.rid AND t4.param = ?) AS k2 FROM (SELECT t1.rid FROM resource t1 WHERE t1.body IS NOT NULL AND t1.type = ?) m LEFT JOIN (SELECT t2.rid, min(t2.code) AS k FROM idx_token t2 WHERE t2.param = ? GROUP BY t2.rid) t3 ON t3.rid = m.rid) s ORDER BY s.k1 NULLS LAST, s.k2 DESC NULLS LAST, s.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- count: Observation?code=1&_summary=count
SELECT t.n FROM idx_count t WHERE t.n <> 0 AND t.param = ? AND t.code = ?;

-- total: Observation?code=1&_total=accurate&_count=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT t.n FROM idx_count t WHERE t.n <> 0 AND t.param = ? AND t.code = ?;

-- total that the page tells: Observation?code=1&_total=accurate
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- include: Observation?code=1&_include=Observation:subject&_include=Observation:encounter
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t3.target AS rid FROM idx_ref t3 WHERE t3.rid IN (?, ?) AND t3.param = ? UNION SELECT DISTINCT t4.target AS rid FROM idx_ref t4 WHERE t4.rid IN (?, ?) AND t4.param = ?) i CROSS JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid IN (?, ?)) AND r.body IS NOT NULL LIMIT ? + 0;

-- include iterate: Observation?_id=oa&_include=Observation:subject&_include:iterate=Patient:organization
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = ? AND r.body IS NOT NULL AND r.type = ? ORDER BY r.rid LIMIT ? + 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.target AS rid FROM idx_ref t1 WHERE t1.rid = ? AND t1.param = ?) i CROSS JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = ?) AND r.body IS NOT NULL LIMIT ? + 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t2.target AS rid FROM idx_ref t2 WHERE t2.rid = ? AND t2.param = ?) i CROSS JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = ?) AND r.body IS NOT NULL LIMIT ? + 0;

-- revinclude: Patient?_id=a&_revinclude=Observation:subject
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = ? AND r.body IS NOT NULL AND r.type = ? ORDER BY r.rid LIMIT ? + 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT t1.rid FROM idx_ref t1 WHERE t1.param = ? AND t1.target = ?) i CROSS JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = ?) AND r.body IS NOT NULL LIMIT ? + 0;

-- include as a patient: Observation?_id=oa&_include=*
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM resource r WHERE r.id = ? AND r.body IS NOT NULL AND r.type = ? AND r.owner = ? ORDER BY r.rid LIMIT ? + 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, 0, r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.target AS rid FROM idx_ref t1 WHERE t1.rid = ? AND t1.param IN (?, ?, ?, ?)) i CROSS JOIN resource r ON r.rid = i.rid WHERE NOT (i.rid = ?) AND r.body IS NOT NULL AND ((r.owner = ? AND r.type IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)) OR ((r.owner = ? OR r.owner IS NULL) AND r.type IN (?, ?, ?, ?))) LIMIT ? + 0;

-- system: ?_type=Patient,Observation&_tag=1
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT rid FROM (SELECT * FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) b UNION ALL SELECT * FROM (SELECT DISTINCT t3.rid FROM idx_token t3 WHERE t3.param = ? AND t3.code = ? ORDER BY t3.rid LIMIT ? + 0) b) u ORDER BY rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;

-- contained: Observation?code=1&_contained=true
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k FROM (SELECT m.k FROM (SELECT DISTINCT t2.rid AS k FROM idx_token t1 JOIN resource t2 ON t2.rid = ((-t1.rid) >> 12) WHERE t1.param = ? AND t1.code = ? AND t1.rid < 0 AND t2.body IS NOT NULL) m ORDER BY m.k LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.k;

-- contained and others: Observation?code=1&_contained=both
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body FROM (SELECT DISTINCT t1.rid FROM idx_token t1 WHERE t1.param = ? AND t1.code = ? ORDER BY t1.rid LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.rid;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k FROM (SELECT m.k FROM (SELECT DISTINCT t4.rid AS k FROM idx_token t3 JOIN resource t4 ON t4.rid = ((-t3.rid) >> 12) WHERE t3.param = ? AND t3.code = ? AND t3.rid < 0 AND t4.body IS NOT NULL AND NOT (t4.type = ? AND EXISTS (SELECT 1 FROM idx_token t5 WHERE t5.rid = t4.rid AND t5.param = ? AND t5.code = ?))) m ORDER BY m.k LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.k;

-- contained in an order: Observation?code=1&_contained=true&_containedType=contained&_sort=-date,status
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k, p.k1, p.k2 FROM (SELECT s.k, s.k1, s.k2 FROM (SELECT m.rid AS k, (SELECT max(t3.lo) FROM idx_date t3 WHERE t3.rid = m.rid AND t3.param = ?) AS k1, t5.k AS k2 FROM (SELECT DISTINCT t1.rid, t2.rid AS top FROM idx_token t1 JOIN resource t2 ON t2.rid = ((-t1.rid) >> 12) WHERE t1.param = ? AND t1.code = ? AND t1.rid < 0 AND t2.body IS NOT NULL) m LEFT JOIN (SELECT t4.rid, min(t4.code) AS k FROM idx_token t4 WHERE t4.param = ? GROUP BY t4.rid) t5 ON t5.rid = m.rid) s ORDER BY s.k1 DESC NULLS LAST, s.k2 NULLS LAST, s.k DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = CASE WHEN p.k < 0 THEN ((-p.k) >> 12) ELSE p.k END;

-- containers and others in an order: Observation?code=1&_contained=both&_sort=-date
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k, p.k1 FROM (SELECT s.k, s.k1 FROM (SELECT g.k, max(g.k1) AS k1 FROM (SELECT m.top AS k, (SELECT max(t4.lo) FROM idx_date t4 WHERE t4.rid = m.rid AND t4.param = ?) AS k1 FROM (SELECT DISTINCT t1.rid, t2.rid AS top FROM idx_token t1 JOIN resource t2 ON t2.rid = ((-t1.rid) >> 12) WHERE t1.param = ? AND t1.code = ? AND t1.rid < 0 AND t2.body IS NOT NULL AND NOT (t2.type = ? AND EXISTS (SELECT 1 FROM idx_token t3 WHERE t3.rid = t2.rid AND t3.param = ? AND t3.code = ?))) m) g GROUP BY g.k UNION ALL SELECT m.rid AS k, (SELECT max(t7.lo) FROM idx_date t7 WHERE t7.rid = m.rid AND t7.param = ?) AS k1 FROM (SELECT DISTINCT t5.rid FROM idx_token t5 WHERE t5.param = ? AND t5.code = ?) m) s ORDER BY s.k1 DESC NULLS LAST, s.k DESC LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.k;

-- words of contained: Observation?_content=smith&_contained=true
SELECT l.lag, x.* FROM (SELECT CASE WHEN c.seq > ? THEN 1 ELSE c.seq - m.seq END AS lag FROM counter c, idx_mark m WHERE c.id = 1 AND m.id = 1) l LEFT JOIN (SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k FROM (SELECT m.k FROM (SELECT DISTINCT t2.rid AS k FROM (SELECT -((r.rid << 12) | ((w.lo + j.value / 2) & 4095)) AS rid FROM idx_posting w CROSS JOIN json_each('[' || w.docs || ']') j ON true CROSS JOIN resource r ON r.seq = ((w.lo + j.value / 2) >> 12) WHERE w.param = ? AND w.term = ?) t1 JOIN resource t2 ON t2.rid = ((-t1.rid) >> 12) WHERE t1.rid < 0 AND t2.body IS NOT NULL) m ORDER BY m.k LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.k) x ON 1 = 1;

-- contained through a chain: Observation?patient.name=smith&_contained=true
SELECT * FROM (SELECT ? + 0 AS i, f.rid, 0 AS met, 0 AS among FROM (SELECT t1.rid FROM idx_string t1 WHERE t1.param = ? AND t1.norm >= ? AND t1.norm < ? UNION ALL SELECT t2.rid FROM idx_string t2 WHERE t2.param = ? AND t2.norm >= ? AND t2.norm < ? AND t2.rid < 0) f LIMIT ? + 0) p UNION ALL SELECT ? + 0 AS i, 0 AS rid, (SELECT count(*) FROM (SELECT f.rid FROM (SELECT t1.rid FROM idx_string t1 WHERE t1.param = ? AND t1.norm >= ? AND t1.norm < ? UNION ALL SELECT t2.rid FROM idx_string t2 WHERE t2.param = ? AND t2.norm >= ? AND t2.norm < ? AND t2.rid < 0) f LIMIT ? + 0) g) AS met, t.n AS among FROM idx_count t WHERE t.param = 0 AND t.code = ? AND t.system = 0;
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.rid FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, p.k FROM (SELECT m.k FROM (SELECT DISTINCT t4.rid AS k FROM idx_ref t3 JOIN resource t4 ON t4.rid = ((-t3.rid) >> 12) WHERE t3.param = ? AND 1 = 0 AND t3.rid < 0 AND t4.body IS NOT NULL) m ORDER BY m.k LIMIT ? + 0) p CROSS JOIN resource r ON r.rid = p.k;

-- everything: ?_lastUpdated=ge2020
SELECT concat_ws(' ', r.rid, r.vid, r.method, r.seq, r.updated, (SELECT n.seq FROM counter n WHERE n.id = 1), r.type, r.id, r.owner), r.body, r.updated FROM resource r WHERE r.body IS NOT NULL AND r.updated >= ? ORDER BY r.updated, r.rid LIMIT ? + 0;

