INSERT INTO webps (webps_rid, last_name, first_name, nickname, birthdate, st_addr, add_addr, add_add2, city, state, zip, phone, cell_phone, e_mail, term_int, referby, prg_cod, memo1, undergrd_attnd, submitted, incomplete, source, source_id)
VALUES (:rid, :last_name, :first_name, :nickname, :birthdate, :street1, :street2, :street3, :city, :state, :zip_code, :phone, :cell_phone, :email, :term_interest, :refer_by, :program, :memo1, :high_school, :submitted, :incomplete, :source, :source_id)
-- {'birthdate': '2008-05-06', 'cell_phone': '+16155550101', 'city': 'Nashville', 'email': 'ann@example.com', 'first_name': 'Ann', 'high_school': 'Hume-Fogg', 'incomplete': 0, 'last_name': "O'Neil", 'memo1': 'Fair', 'nickname': 'Annie', 'phone': '+16155550100', 'program': 'BIO', 'refer_by': 'WEB', 'rid': '(new key)', 'source': 'ActiveCampaign', 'source_id': '77', 'state': 'TN', 'street1': '1 Elm St', 'street2': 'Apt 2', 'street3': 'x', 'submitted': '2026-11-01', 'term_interest': 'Fall 2027', 'zip_code': '03720'}

SELECT webps.webps_rid, webps.last_name, webps.first_name, webps.nickname, webps.birthdate, webps.st_addr, webps.add_addr, webps.add_add2, webps.city, webps.state, webps.zip, webps.phone, webps.cell_phone, webps.e_mail, webps.term_int, webps.referby, webps.prg_cod, webps.memo1, webps.undergrd_attnd, webps.submitted, webps.incomplete, webps.moved_dt, webps.soc_sec, webps.source, webps.source_id
FROM webps
WHERE webps.webps_rid IN (CAST(:param_1 AS VARCHAR(18)))
-- {'param_1': '(new key)'}
