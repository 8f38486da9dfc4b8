-- The sample school's tables: the smallest part of a SONIS database that matters here, in SQL that SQLite, PostgreSQL
-- and MariaDB all take. No foreign keys, as in SONIS. No semicolon stands in a comment: the file is cut at them.

CREATE TABLE campus (camp_cod CHAR(10) PRIMARY KEY, camp_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE division (div_cod CHAR(10) PRIMARY KEY, div_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE dept (dept_cod CHAR(10) PRIMARY KEY, dept_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE level_ (level_ CHAR(10) PRIMARY KEY, level_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE state (state_abbr CHAR(2) PRIMARY KEY, state_name VARCHAR(40) NOT NULL);
CREATE TABLE modstat (mod_stat CHAR(2) PRIMARY KEY, mod_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE inqtype (inqtypecod CHAR(10) PRIMARY KEY, inqtype_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE refby (refby_cod CHAR(10) PRIMARY KEY, refby_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE semester (semester CHAR(2) PRIMARY KEY, sem_txt VARCHAR(20) NOT NULL, disabled SMALLINT NOT NULL);
CREATE TABLE program (prg_cod CHAR(10) PRIMARY KEY, prg_txt VARCHAR(40) NOT NULL, disabled SMALLINT NOT NULL);

-- soc_sec is the SONIS ID, an opaque text and never a number.
CREATE TABLE name (
  soc_sec CHAR(15) PRIMARY KEY,
  last_name CHAR(30) NOT NULL,
  first_name CHAR(30) NOT NULL,
  mi CHAR(1),
  nickname CHAR(30),
  birthdate DATE,
  camp_cod CHAR(10),
  div_cod CHAR(10),
  dept_cod CHAR(10),
  level_ CHAR(10),
  disabled SMALLINT NOT NULL,
  deceased SMALLINT NOT NULL,
  excl_mailing SMALLINT NOT NULL
);

CREATE TABLE address (
  addr_rid CHAR(18) PRIMARY KEY,
  soc_sec CHAR(15) NOT NULL,
  addr_type CHAR(10),
  preferred SMALLINT NOT NULL,
  st_addr CHAR(50),
  add_addr CHAR(50),
  add_add2 CHAR(50),
  city CHAR(30),
  state CHAR(2),
  zip CHAR(10),
  country CHAR(2),
  e_mail CHAR(50),
  e_mail2 CHAR(50),
  phone CHAR(20),
  cell_phone CHAR(20),
  work_phone CHAR(20),
  text_me SMALLINT NOT NULL
);
CREATE INDEX address_soc_sec ON address (soc_sec);
CREATE INDEX address_e_mail ON address (e_mail);

CREATE TABLE nmmodst (
  soc_sec CHAR(15) NOT NULL,
  mod_stat CHAR(2) NOT NULL,
  stat_date DATE,
  PRIMARY KEY (soc_sec, mod_stat)
);

CREATE TABLE prospect (
  soc_sec CHAR(15) PRIMARY KEY,
  date_rec DATE,
  hs_grad_year CHAR(4),
  inqtypecod CHAR(10),
  agency VARCHAR(40),
  memo1 VARCHAR(255),
  memo2 VARCHAR(255),
  memo3 VARCHAR(255),
  undergrd_attnd VARCHAR(50)
);

CREATE TABLE nmrefby (
  soc_sec CHAR(15) NOT NULL,
  refer_by CHAR(10) NOT NULL,
  PRIMARY KEY (soc_sec, refer_by)
);

CREATE TABLE approg (
  app_rid CHAR(18) PRIMARY KEY,
  soc_sec CHAR(15) NOT NULL,
  prg_cod CHAR(10) NOT NULL,
  progentry_date DATE,
  sch_year CHAR(6),
  semester CHAR(2),
  preferred SMALLINT NOT NULL,
  ranking SMALLINT,
  disabled SMALLINT NOT NULL
);
CREATE INDEX approg_soc_sec ON approg (soc_sec);

-- Web prospects: inquiries that wait until a user of SONIS imports them. moved_dt and soc_sec then say when, and whom
-- the inquiry became. source and source_id say where it came from.
CREATE TABLE webps (
  webps_rid CHAR(18) PRIMARY KEY,
  last_name CHAR(30) NOT NULL,
  first_name CHAR(30) NOT NULL,
  nickname CHAR(30),
  birthdate DATE,
  st_addr CHAR(50),
  add_addr CHAR(50),
  add_add2 CHAR(50),
  city CHAR(30),
  state CHAR(2),
  zip CHAR(10),
  phone CHAR(20),
  cell_phone CHAR(20),
  e_mail CHAR(50) NOT NULL,
  term_int CHAR(20),
  referby CHAR(10),
  prg_cod CHAR(10),
  memo1 VARCHAR(255),
  undergrd_attnd VARCHAR(50),
  submitted DATE NOT NULL,
  incomplete SMALLINT NOT NULL,
  moved_dt DATE,
  soc_sec CHAR(15),
  source CHAR(20),
  source_id CHAR(20)
);
CREATE INDEX webps_source ON webps (source, source_id);
