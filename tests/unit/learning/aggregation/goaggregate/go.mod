module github.com/weftwork/weftwork/tests/unit/learning/aggregation/goaggregate

go 1.24
