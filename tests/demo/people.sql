-- SPDX-License-Identifier: Apache-2.0
-- Synthetic person records from a seed: psql -v rows=750000 -v seed=1 -f people.sql
-- Nobody in here exists: names are combined from two lists, numbers come from a
-- hash, telephone numbers from the range kept for fiction (555-01xx).
\set ON_ERROR_STOP on
BEGIN;
CREATE TABLE person (
	id bigint NOT NULL,
	full_name text NOT NULL,
	born date NOT NULL,
	phone text NOT NULL,
	national_id text NOT NULL,
	address text NOT NULL,
	case_no text NOT NULL,
	case_report text NOT NULL
);
-- In the transaction that made the table: with wal_level=minimal nothing goes to the WAL.
INSERT INTO person
SELECT i,
	(ARRAY['Ada','Bo','Chen','Dina','Emil','Fatou','Goran','Hana','Ivo','Jun','Kofi','Lena','Mei','Nils','Oana','Piotr',
	       'Qing','Rosa','Sami','Tove','Uma','Vera','Wen','Xenia','Yara','Zoe','Aiko','Bela','Ciro','Dalia','Enzo','Freja'])[1 + (h & 31)]
	|| ' ' ||
	(ARRAY['Abel','Berg','Cruz','Dahl','Eze','Fuchs','Gao','Holm','Ito','Jansen','Kim','Lund','Mora','Novak','Okoro','Park',
	       'Quist','Rossi','Sato','Toth','Usman','Vogel','Wang','Xu','Yilmaz','Zhou','Amin','Bauer','Costa','Diaz','Engel','Fox'])[1 + ((h >> 5) & 31)],
	DATE '1940-01-01' + ((h >> 10) & 24575)::int,
	'+1-' || 200 + ((h >> 25) & 511) || '-555-01' || lpad(((h >> 34) & 63)::text, 2, '0'),
	upper(to_hex(r & 1152921504606846975)),
	1 + ((h >> 40) & 255) || ' ' ||
	(ARRAY['Harbour','Mill','Station','Garden','School','Bridge','North','South'])[1 + ((h >> 48) & 7)] || ' Street, ' ||
	(ARRAY['Eastbay','Fairmont','Greenford','Hillside','Ironvale','Lakewood','Millbrook','Northgate'])[1 + ((h >> 51) & 7)],
	'C-' || 2000 + ((h >> 54) & 15) || '-' || lpad(i::text, 8, '0'),
	s[1 + (r & 15)] || s[1 + ((r >> 4) & 15)] || s[1 + ((r >> 8) & 15)] || s[1 + ((r >> 12) & 15)] ||
	s[1 + ((r >> 16) & 15)] || s[1 + ((r >> 20) & 15)] || s[1 + ((r >> 24) & 15)] || s[1 + ((r >> 28) & 15)] ||
	s[1 + ((r >> 32) & 15)] || s[1 + ((r >> 36) & 15)]
FROM (SELECT ARRAY[
	'The caller reported a bicycle missing from the yard behind the house in the early morning. ',
	'An officer took a statement from the neighbour, who had heard voices shortly after midnight. ',
	'Two witnesses describe the same vehicle, a grey van without a rear plate. ',
	'The person was asked to bring proof of purchase and did so the following day. ',
	'No injury was found and the person declined to be seen by a physician. ',
	'A photograph of the scene is attached to the paper file under the same number. ',
	'The insurance company has been informed by letter and confirmed that it was received. ',
	'A second visit to the address found the door locked and nobody at home. ',
	'The dispute concerns a fence and has been known to the office for several years. ',
	'The lost document was returned by a shop assistant and handed over against signature. ',
	'A camera at the station entrance covers the time in question and was requested. ',
	'The person speaks two languages and was heard with the help of an interpreter. ',
	'The case was merged with an earlier one after the serial numbers were compared. ',
	'An appointment was made for the coming week and moved once for reasons of health. ',
	'The statement was read back, corrected in two places, and signed on each page. ',
	'The file is kept open until the answer of the laboratory has come in. ']::text[] AS s) AS sentences,
	generate_series(1, :rows) AS i,
	LATERAL (SELECT hashint8extended(i, :seed) & 9223372036854775807 AS h,
			hashint8extended(i, :seed + 1) & 9223372036854775807 AS r) AS hash;
COMMIT;
ALTER TABLE person ADD PRIMARY KEY (id);
VACUUM (ANALYZE) person;
