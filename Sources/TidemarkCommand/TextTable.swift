import Columnar

/// Rows as a table for eyes: a line under the header, numbers to the right.
struct TextTable {
    private var header: [String]
    private var isNumber: [Bool]
    private var rows: [[String]] = []
    /// Longer cells are cut.
    private static let widest = 48

    init(schema: RecordSchema) {
        header = schema.fields.map(\.name)
        isNumber = schema.fields.map { $0.type.isNumeric }
    }

    mutating func add(_ batch: RecordBatch) {
        for row in 0..<batch.count { rows.append(batch.columns.map { Self.cell($0, row) }) }
    }

    /// Nested values are JSON.
    private static func cell(_ column: ColumnVector, _ row: Int) -> String {
        var value = column.scalar(at: row).text ?? "null"
        if column.type.isNested {
            var json: [UInt8] = []
            column.appendJSON(row, to: &json)
            value = String(decoding: json, as: UTF8.self)
        }
        let text = value.replacing("\n", with: "⏎")
        return text.count <= widest ? text : text.prefix(widest - 1) + "…"
    }

    var text: String {
        let widths = header.indices.map { column in
            rows.reduce(header[column].count) { max($0, $1[column].count) }
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return isNumber[column] ? space + cells[column] : cells[column] + space
            }
            return padded.joined(separator: "  ").trimmingTrailingSpaces()
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
    }
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
