INSERT INTO webps (webps_rid, last_name, first_name, nickname, birthdate, st_addr, add_addr, add_add2, city, state, zip, phone, cell_phone, e_mail, term_int, referby, prg_cod, memo1, undergrd_attnd, submitted, incomplete, moved_dt, soc_sec, source, source_id)
VALUES (:rid, :last_name, :first_name, :nickname, :birthdate, :street1, :street2, :street3, :city, :state, :zip_code, :phone, :cell_phone, :email, :term_interest, :refer_by, :program, :memo1, :high_school, :submitted, :incomplete, :moved, :sonis_id, :source, :source_id)
-- {'birthdate': '2008-05-06', 'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'first_name': 'Ann', 'high_school': 'Hume-Fogg', 'incomplete': 0, 'last_name': "O'Neil", 'memo1': 'Fair', 'moved': '2026-11-23', 'nickname': 'Annie', 'phone': '+16155550100', 'program': 'BIO', 'refer_by': 'WEB', 'rid': '(new key)', 'sonis_id': '(new key)', 'source': 'ActiveCampaign', 'source_id': '77', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'submitted': '2026-11-01', 'term_interest': 'Fall 2027', 'zip_code': '03720'}

INSERT INTO name (soc_sec, last_name, first_name, nickname, birthdate, disabled, deceased, excl_mailing)
VALUES (:sonis_id, :last_name, :first_name, :nickname, :birthdate, :disabled, :deceased, :excl_mailing)
-- {'birthdate': '2008-05-06', 'deceased': 0, 'disabled': 0, 'excl_mailing': 0, 'first_name': 'Ann', 'last_name': "O'Neil", 'nickname': 'Annie', 'sonis_id': '(new key)'}

INSERT INTO address (addr_rid, soc_sec, preferred, st_addr, add_addr, add_add2, city, state, zip, e_mail, e_mail2, phone, cell_phone, text_me)
VALUES (:rid, :sonis_id, :preferred, :street1, :street2, :street3, :city, :state, :zip_code, :email, :email2, :phone, :cell_phone, :text_me)
-- {'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'email2': 'a@example.org', 'phone': '+16155550100', 'preferred': 1, 'rid': '(new key)', 'sonis_id': '(new key)', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'text_me': 1, 'zip_code': '03720'}

INSERT INTO prospect (soc_sec, date_rec, hs_grad_year, inqtypecod, agency, memo1, undergrd_attnd)
VALUES (:sonis_id, :date_received, :hs_grad_year, :inquiry_type, :agency, :memo1, :high_school)
-- {'agency': 'Kim Roe', 'date_received': '2026-11-01', 'high_school': 'Hume-Fogg', 'hs_grad_year': '2027', 'inquiry_type': 'ACTIVECAMP', 'memo1': 'Fair', 'sonis_id': '(new key)'}

INSERT INTO nmmodst (soc_sec, mod_stat, stat_date)
VALUES (:sonis_id, :code, :since)
-- {'code': 'PS', 'since': '2026-11-23', 'sonis_id': '(new key)'}

INSERT INTO nmrefby (soc_sec, refer_by)
VALUES (:sonis_id, :code)
-- {'code': 'WEB', 'sonis_id': '(new key)'}

INSERT INTO approg (app_rid, soc_sec, prg_cod, preferred, disabled)
VALUES (:rid, :sonis_id, :code, :preferred, :disabled)
-- {'code': 'BIO', 'disabled': 0, 'preferred': 1, 'rid': '(new key)', 'sonis_id': '(new key)'}

INSERT INTO webps (webps_rid, last_name, first_name, nickname, birthdate, st_addr, add_addr, add_add2, city, state, zip, phone, cell_phone, e_mail, term_int, referby, prg_cod, undergrd_attnd, submitted, incomplete, source, source_id)
VALUES (:rid, :last_name, :first_name, :nickname, :birthdate, :street1, :street2, :street3, :city, :state, :zip_code, :phone, :cell_phone, :email, :term_interest, :refer_by, :program, :high_school, :submitted, :incomplete, :source, :source_id)
-- {'birthdate': '2008-05-06', 'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'first_name': 'Ann', 'high_school': 'Hume-Fogg', 'incomplete': 0, 'last_name': "O'Neil", 'nickname': 'Annie', 'phone': '+16155550100', 'program': 'BIO', 'refer_by': 'WEB', 'rid': '(new key)', 'source': 'ActiveCampaign', 'source_id': '78', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'submitted': '2026-11-01', 'term_interest': 'Fall 2027', 'zip_code': '03720'}

SELECT webps.webps_rid, webps.last_name, webps.first_name, webps.nickname, webps.birthdate, webps.st_addr, webps.add_addr, webps.add_add2, webps.city, webps.state, webps.zip, webps.phone, webps.cell_phone, webps.e_mail, webps.term_int, webps.referby, webps.prg_cod, webps.memo1, webps.undergrd_attnd, webps.submitted, webps.incomplete, webps.moved_dt, webps.soc_sec, webps.source, webps.source_id
FROM webps
WHERE webps.webps_rid IN (CAST(:param_1 AS VARCHAR(18)))
-- {'param_1': '(new key)'}

SELECT :param_1 AS anon_1
FROM name
WHERE name.soc_sec IN (CAST(:param_2 AS VARCHAR(15)))
-- {'param_1': 1, 'param_2': '(new key)'}

UPDATE webps
SET moved_dt=:moved, soc_sec=:sonis_id
WHERE webps.webps_rid IN (CAST(:param_1 AS VARCHAR(18))) AND (webps.moved_dt IS NULL OR webps.moved_dt < :moved_1)
-- {'moved': '2026-11-23', 'moved_1': '1901-01-01', 'param_1': '(new key)', 'sonis_id': '(new key)'}

INSERT INTO address (addr_rid, soc_sec, preferred, st_addr, add_addr, add_add2, city, state, zip, e_mail, phone, cell_phone, text_me)
VALUES (:rid, :sonis_id, :preferred, :street1, :street2, :street3, :city, :state, :zip_code, :email, :phone, :cell_phone, :text_me)
-- {'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'phone': '+16155550100', 'preferred': 1, 'rid': '(new key)', 'sonis_id': '(new key)', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'text_me': 0, 'zip_code': '03720'}

INSERT INTO prospect (soc_sec, date_rec, undergrd_attnd)
VALUES (:sonis_id, :date_received, :high_school)
-- {'date_received': '2026-11-01', 'high_school': 'Hume-Fogg', 'sonis_id': '(new key)'}

INSERT INTO webps (webps_rid, last_name, first_name, nickname, birthdate, st_addr, add_addr, add_add2, city, state, zip, phone, cell_phone, e_mail, term_int, referby, prg_cod, memo1, undergrd_attnd, submitted, incomplete, source, source_id)
VALUES (:rid, :last_name, :first_name, :nickname, :birthdate, :street1, :street2, :street3, :city, :state, :zip_code, :phone, :cell_phone, :email, :term_interest, :refer_by, :program, :memo1, :high_school, :submitted, :incomplete, :source, :source_id)
-- {'birthdate': '2008-05-06', 'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'first_name': 'Ann', 'high_school': 'Hume-Fogg', 'incomplete': 0, 'last_name': "O'Neil", 'memo1': 'Fair', 'nickname': 'Annie', 'phone': '+16155550100', 'program': 'BIO', 'refer_by': 'WEB', 'rid': '(new key)', 'source': 'ActiveCampaign', 'source_id': '79', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'submitted': '2026-11-01', 'term_interest': 'Fall 2027', 'zip_code': '03720'}

UPDATE webps
SET moved_dt=:moved, soc_sec=:sonis_id
WHERE webps.webps_rid IN (CAST(:param_1 AS VARCHAR(18))) AND (webps.moved_dt IS NULL OR webps.moved_dt < :moved_1)
-- {'moved': '2026-11-23', 'moved_1': '1901-01-01', 'param_1': '(new key)', 'sonis_id': 'AB1'}
