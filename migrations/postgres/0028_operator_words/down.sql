DELETE FROM sequences WHERE name = 'operator_words';
DROP TABLE operator_words;
