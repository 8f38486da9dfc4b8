SELECT semester.semester, semester.sem_txt
FROM semester
-- {}

SELECT inqtype.inqtypecod, inqtype.inqtype_txt
FROM inqtype
-- {}

SELECT refby.refby_cod, refby.refby_txt
FROM refby
-- {}

SELECT modstat.mod_stat, modstat.mod_txt
FROM modstat
-- {}

SELECT state.state_abbr, state.state_name
FROM state
-- {}

SELECT DISTINCT nmmodst.mod_stat
FROM nmmodst
-- {}

SELECT campus.camp_cod, campus.camp_txt
FROM campus
-- {}

SELECT DISTINCT name.camp_cod
FROM name
-- {}

SELECT division.div_cod, division.div_txt
FROM division
-- {}

SELECT DISTINCT name.div_cod
FROM name
-- {}

SELECT dept.dept_cod, dept.dept_txt
FROM dept
-- {}

SELECT DISTINCT name.dept_cod
FROM name
-- {}

SELECT level_.level_, level_.level_txt
FROM level_
-- {}

SELECT DISTINCT name.level_
FROM name
-- {}

SELECT program.prg_cod, program.prg_txt
FROM program
-- {}

SELECT DISTINCT approg.prg_cod
FROM approg
-- {}

SELECT DISTINCT approg.sch_year
FROM approg
-- {}

SELECT DISTINCT approg.semester
FROM approg
-- {}

SELECT DISTINCT prospect.inqtypecod
FROM prospect
-- {}

SELECT DISTINCT prospect.agency
FROM prospect
-- {}

SELECT DISTINCT nmrefby.refer_by
FROM nmrefby
-- {}
