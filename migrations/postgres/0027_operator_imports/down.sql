DELETE FROM sequences WHERE name = 'operator_imports';
DROP TABLE operator_import_results;
DROP TABLE operator_imports;
