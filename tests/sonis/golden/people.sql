SELECT name.soc_sec, address.addr_rid, address.preferred, address.st_addr, address.add_addr, address.add_add2, address.city, address.state, address.zip, address.country, address.e_mail, address.e_mail2, address.phone, address.cell_phone, address.text_me
FROM name
JOIN address ON address.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT name.soc_sec, nmmodst.mod_stat, nmmodst.stat_date
FROM name
JOIN nmmodst ON nmmodst.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT name.soc_sec, approg.app_rid, approg.prg_cod, approg.progentry_date, approg.sch_year, approg.semester, approg.preferred, approg.ranking, approg.disabled
FROM name
JOIN approg ON approg.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT name.soc_sec, nmrefby.refer_by
FROM name
JOIN nmrefby ON nmrefby.soc_sec = name.soc_sec
WHERE name.soc_sec <= CAST(:param_1 AS VARCHAR(15))
-- {'param_1': 'AB2'}

SELECT TOP 2 name.soc_sec, name.first_name, name.last_name, name.nickname, name.birthdate, name.disabled, name.deceased, name.excl_mailing, NULL AS privacy_hold, prospect.date_rec, prospect.hs_grad_year, prospect.inqtypecod, prospect.agency, prospect.memo1, prospect.undergrd_attnd
FROM name
LEFT OUTER JOIN prospect ON prospect.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_2 AS VARCHAR(15))
ORDER BY name.soc_sec
-- {'param_2': 'AB2'}

SELECT name.soc_sec, address.addr_rid, address.preferred, address.st_addr, address.add_addr, address.add_add2, address.city, address.state, address.zip, address.country, address.e_mail, address.e_mail2, address.phone, address.cell_phone, address.text_me
FROM name
JOIN address ON address.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}

SELECT name.soc_sec, nmmodst.mod_stat, nmmodst.stat_date
FROM name
JOIN nmmodst ON nmmodst.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}

SELECT name.soc_sec, approg.app_rid, approg.prg_cod, approg.progentry_date, approg.sch_year, approg.semester, approg.preferred, approg.ranking, approg.disabled
FROM name
JOIN approg ON approg.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}

SELECT name.soc_sec, nmrefby.refer_by
FROM name
JOIN nmrefby ON nmrefby.soc_sec = name.soc_sec
WHERE name.soc_sec > CAST(:param_1 AS VARCHAR(15)) AND name.soc_sec <= CAST(:param_2 AS VARCHAR(15))
-- {'param_1': 'AB2', 'param_2': 'AB3'}

SELECT TOP 2 name.soc_sec, name.first_name, name.last_name, name.nickname, name.birthdate, name.disabled, name.deceased, name.excl_mailing, NULL AS privacy_hold, prospect.date_rec, prospect.hs_grad_year, prospect.inqtypecod, prospect.agency, prospect.memo1, prospect.undergrd_attnd
FROM name
LEFT OUTER JOIN prospect ON prospect.soc_sec = name.soc_sec
WHERE upper(ltrim(rtrim(name.camp_cod))) IN (:upper_1_1) AND upper(ltrim(rtrim(name.div_cod))) IN (:upper_2_1) AND upper(ltrim(rtrim(name.dept_cod))) IN (:upper_3_1) AND upper(ltrim(rtrim(name.level_))) IN (:upper_4_1) AND name.soc_sec IN (CAST(:param_2 AS VARCHAR(15)), CAST(:param_3 AS VARCHAR(15))) AND (EXISTS (SELECT 1
FROM approg
WHERE approg.soc_sec = name.soc_sec AND (approg.disabled IS NULL OR approg.disabled = :disabled_1) AND upper(ltrim(rtrim(approg.prg_cod))) IN (:upper_5_1) AND upper(ltrim(rtrim(approg.sch_year))) IN (:upper_6_1) AND upper(ltrim(rtrim(approg.semester))) IN (:upper_7_1) AND approg.progentry_date >= :entry_date_1 AND approg.progentry_date < :entry_date_2)) AND (EXISTS (SELECT 1
FROM prospect
WHERE prospect.soc_sec = name.soc_sec AND upper(ltrim(rtrim(prospect.inqtypecod))) IN (:upper_8_1) AND upper(ltrim(rtrim(prospect.agency))) IN (:upper_9_1) AND prospect.date_rec >= :date_received_1 AND prospect.date_rec < :date_received_2)) AND (EXISTS (SELECT 1
FROM nmmodst
WHERE nmmodst.soc_sec = name.soc_sec AND upper(ltrim(rtrim(nmmodst.mod_stat))) IN (:upper_10_1))) AND (EXISTS (SELECT 1
FROM nmrefby
WHERE nmrefby.soc_sec = name.soc_sec AND upper(ltrim(rtrim(nmrefby.refer_by))) IN (:upper_11_1)))
ORDER BY name.soc_sec
-- {'date_received_1': '2026-11-23', 'date_received_2': '2026-11-27', 'disabled_1': 0, 'entry_date_1': '2026-11-23', 'entry_date_2': '2026-11-24', 'param_2': 'AB1', 'param_3': 'AB2', 'upper_10_1': 'PS', 'upper_11_1': 'FAIR', 'upper_1_1': 'MAIN', 'upper_2_1': '1', 'upper_3_1': '2', 'upper_4_1': '3', 'upper_5_1': 'BIO', 'upper_6_1': '202728', 'upper_7_1': '1', 'upper_8_1': 'WEB', 'upper_9_1': 'KIM'}

SELECT TOP 2 name.soc_sec, name.first_name, name.last_name, name.nickname, name.birthdate, name.disabled, name.deceased, name.excl_mailing, NULL AS privacy_hold, prospect.date_rec, prospect.hs_grad_year, prospect.inqtypecod, prospect.agency, prospect.memo1, prospect.undergrd_attnd
FROM name
LEFT OUTER JOIN prospect ON prospect.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_2 AS VARCHAR(15)), CAST(:param_3 AS VARCHAR(15)))
ORDER BY name.soc_sec
-- {'param_2': 'AB1', 'param_3': 'AB2'}

SELECT name.soc_sec, address.addr_rid, address.preferred, address.st_addr, address.add_addr, address.add_add2, address.city, address.state, address.zip, address.country, address.e_mail, address.e_mail2, address.phone, address.cell_phone, address.text_me
FROM name
JOIN address ON address.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15))) AND name.soc_sec <= CAST(:param_3 AS VARCHAR(15))
-- {'param_1': 'AB1', 'param_2': 'AB2', 'param_3': 'AB2'}

SELECT name.soc_sec, nmmodst.mod_stat, nmmodst.stat_date
FROM name
JOIN nmmodst ON nmmodst.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15))) AND name.soc_sec <= CAST(:param_3 AS VARCHAR(15))
-- {'param_1': 'AB1', 'param_2': 'AB2', 'param_3': 'AB2'}

SELECT name.soc_sec, approg.app_rid, approg.prg_cod, approg.progentry_date, approg.sch_year, approg.semester, approg.preferred, approg.ranking, approg.disabled
FROM name
JOIN approg ON approg.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15))) AND name.soc_sec <= CAST(:param_3 AS VARCHAR(15))
-- {'param_1': 'AB1', 'param_2': 'AB2', 'param_3': 'AB2'}

SELECT name.soc_sec, nmrefby.refer_by
FROM name
JOIN nmrefby ON nmrefby.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_1 AS VARCHAR(15)), CAST(:param_2 AS VARCHAR(15))) AND name.soc_sec <= CAST(:param_3 AS VARCHAR(15))
-- {'param_1': 'AB1', 'param_2': 'AB2', 'param_3': 'AB2'}

SELECT TOP 2 name.soc_sec, name.first_name, name.last_name, name.nickname, name.birthdate, name.disabled, name.deceased, name.excl_mailing, NULL AS privacy_hold, prospect.date_rec, prospect.hs_grad_year, prospect.inqtypecod, prospect.agency, prospect.memo1, prospect.undergrd_attnd
FROM name
LEFT OUTER JOIN prospect ON prospect.soc_sec = name.soc_sec
WHERE name.soc_sec IN (CAST(:param_2 AS VARCHAR(15)), CAST(:param_3 AS VARCHAR(15))) AND name.soc_sec > CAST(:param_4 AS VARCHAR(15))
ORDER BY name.soc_sec
-- {'param_2': 'AB1', 'param_3': 'AB2', 'param_4': 'AB2'}
