-- Who somebody is, and where, is asked with every request: by the person.
CREATE INDEX membership_person ON membership (person_id);
CREATE INDEX membership_scope_person ON membership_scope (person_id);
