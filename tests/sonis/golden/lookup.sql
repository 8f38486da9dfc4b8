SELECT address.soc_sec
FROM address
WHERE lower(address.e_mail) LIKE lower(:email_1) ESCAPE '!' OR lower(address.e_mail) LIKE lower(:email_2) ESCAPE '!' OR lower(address.e_mail2) LIKE lower(:email2_1) ESCAPE '!' OR lower(address.e_mail2) LIKE lower(:email2_2) ESCAPE '!'
-- {'email2_1': '%ada@example.edu%', 'email2_2': '%%nne@example.edu%', 'email_1': '%ada@example.edu%', 'email_2': '%%nne@example.edu%'}

SELECT name.soc_sec
FROM name
WHERE lower((coalesce(name.first_name, :coalesce_1) + :param_1 + coalesce(name.last_name, :coalesce_2))) LIKE lower(:param_2) ESCAPE '!'
-- {'coalesce_1': '', 'coalesce_2': '', 'param_1': ' ', 'param_2': '%ada%byron%'}

SELECT name.soc_sec
FROM name
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)))
-- {'param_1': 'AB1'}

SELECT name.soc_sec
FROM name
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15)))
-- {'param_1': 'ada byr', 'param_2': 'ADA BYR'}

SELECT TOP 10 name.soc_sec
FROM name
WHERE lower(name.last_name) LIKE lower(:last_name_1) ESCAPE '!' OR lower(name.first_name) LIKE lower(:first_name_1) ESCAPE '!' AND lower(name.last_name) LIKE lower(:last_name_2) ESCAPE '!' OR lower(name.last_name) LIKE lower(:last_name_3) ESCAPE '!' AND lower(name.first_name) LIKE lower(:first_name_2) ESCAPE '!' OR lower(name.first_name) LIKE lower(:first_name_3) ESCAPE '!' AND lower(name.last_name) LIKE lower(:last_name_4) ESCAPE '!'
ORDER BY name.last_name, name.first_name, name.soc_sec
-- {'first_name_1': 'ada%', 'first_name_2': 'byr%', 'first_name_3': 'ada%', 'last_name_1': 'ada byr%', 'last_name_2': 'byr%', 'last_name_3': 'ada%', 'last_name_4': 'byr%'}

SELECT name.soc_sec
FROM name
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15)))
-- {'param_1': 'byro', 'param_2': 'BYRO'}

SELECT TOP 10 name.soc_sec
FROM name
WHERE lower(name.last_name) LIKE lower(:last_name_1) ESCAPE '!' OR lower(name.soc_sec) LIKE lower(:sonis_id_1) ESCAPE '!'
ORDER BY name.last_name, name.first_name, name.soc_sec
-- {'last_name_1': 'byro%', 'sonis_id_1': 'BYRO%'}

SELECT webps.webps_rid, webps.soc_sec, webps.moved_dt, webps.source, webps.source_id
FROM webps
WHERE webps.webps_rid IN (CAST(:param_1 AS VARCHAR(18)))
-- {'param_1': '1'}

SELECT webps.webps_rid, webps.soc_sec, webps.moved_dt, webps.source, webps.source_id
FROM webps
WHERE webps.soc_sec IN (CAST(:param_1 AS VARCHAR(15)))
-- {'param_1': 'AB1'}

SELECT webps.webps_rid, webps.soc_sec, webps.moved_dt, webps.source, webps.source_id
FROM webps
WHERE webps.source_id IN (CAST(:param_1 AS VARCHAR(20)))
-- {'param_1': '7'}
