DROP TABLE operator_words_filled;
DROP TABLE operator_words;
