SELECT name.soc_sec, address.addr_rid, address.preferred, address.e_mail, address.e_mail2
FROM name
JOIN address ON address.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT name.soc_sec, nmmodst.mod_stat, nmmodst.stat_date
FROM name
JOIN nmmodst ON nmmodst.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT TOP 2 name.soc_sec, name.first_name, name.last_name, name.nickname, name.birthdate, name.disabled, name.deceased, name.excl_mailing, NULL AS privacy_hold
FROM name
WHERE name.soc_sec > CAST(:param_2 AS VARCHAR(15))
ORDER BY name.soc_sec
-- {'param_2': 'AB2'}

SELECT name.soc_sec, address.addr_rid, address.preferred, address.e_mail, address.e_mail2
FROM name
JOIN address ON address.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}

SELECT name.soc_sec, nmmodst.mod_stat, nmmodst.stat_date
FROM name
JOIN nmmodst ON nmmodst.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}
