SELECT TOP 500 address.addr_rid AS v0, address.soc_sec AS v1, address.preferred AS v2, address.st_addr AS v3, address.add_addr AS v4, address.add_add2 AS v5, address.city AS v6, address.state AS v7, address.zip AS v8, address.country AS v9, address.e_mail AS v10, address.e_mail2 AS v11, address.phone AS v12, address.cell_phone AS v13, address.text_me AS v14
FROM address
-- {}

SELECT TOP 500 nmmodst.soc_sec AS v0, nmmodst.mod_stat AS v1, nmmodst.stat_date AS v2
FROM nmmodst
-- {}

SELECT TOP 500 prospect.soc_sec AS v0, prospect.date_rec AS v1, prospect.hs_grad_year AS v2, prospect.inqtypecod AS v3, prospect.agency AS v4, prospect.memo1 AS v5, prospect.undergrd_attnd AS v6
FROM prospect
-- {}

SELECT TOP 500 nmrefby.soc_sec AS v0, nmrefby.refer_by AS v1
FROM nmrefby
-- {}

SELECT TOP 500 approg.app_rid AS v0, approg.soc_sec AS v1, approg.prg_cod AS v2, approg.progentry_date AS v3, approg.sch_year AS v4, approg.semester AS v5, approg.preferred AS v6, approg.ranking AS v7, approg.disabled AS v8
FROM approg
-- {}

SELECT TOP 500 webps.webps_rid AS v0, webps.last_name AS v1, webps.first_name AS v2, webps.nickname AS v3, webps.birthdate AS v4, webps.st_addr AS v5, webps.add_addr AS v6, webps.add_add2 AS v7, webps.city AS v8, webps.state AS v9, webps.zip AS v10, webps.phone AS v11, webps.cell_phone AS v12, webps.e_mail AS v13, webps.term_int AS v14, webps.referby AS v15, webps.prg_cod AS v16, webps.memo1 AS v17, webps.undergrd_attnd AS v18, webps.submitted AS v19, webps.incomplete AS v20, webps.moved_dt AS v21, webps.soc_sec AS v22, webps.source AS v23, webps.source_id AS v24
FROM webps
-- {}

SELECT TOP 500 program.prg_cod AS v0, program.prg_txt AS v1
FROM program
-- {}

SELECT TOP 500 semester.semester AS v0, semester.sem_txt AS v1
FROM semester
-- {}

SELECT TOP 500 inqtype.inqtypecod AS v0, inqtype.inqtype_txt AS v1
FROM inqtype
-- {}

SELECT TOP 500 refby.refby_cod AS v0, refby.refby_txt AS v1
FROM refby
-- {}

SELECT TOP 500 modstat.mod_stat AS v0, modstat.mod_txt AS v1
FROM modstat
-- {}

SELECT TOP 500 state.state_abbr AS v0, state.state_name AS v1
FROM state
-- {}

SELECT TOP 500 campus.camp_cod AS v0, campus.camp_txt AS v1
FROM campus
-- {}

SELECT TOP 500 division.div_cod AS v0, division.div_txt AS v1
FROM division
-- {}

SELECT TOP 500 dept.dept_cod AS v0, dept.dept_txt AS v1
FROM dept
-- {}

SELECT TOP 500 level_.level_ AS v0, level_.level_txt AS v1
FROM level_
-- {}
