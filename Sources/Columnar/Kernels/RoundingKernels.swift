extension Kernels {
    /// Rounds doubles and decimals half away from zero; the result has the type that binding gave it.
    static func rounded(_ column: ColumnVector, digits: Int, _ type: DataType) -> ColumnVector {
        switch (column.values, column.type, type) {
        case (.double(let values), _, _):
            return ColumnVector(type, .double(roundedDoubles(values, digits)), validity: column.validity)
        case (.decimal(let values), .decimal(_, let scale), .decimal):
            let divisor = Decimal128.powerOfTen(scale - digits)
            let rounded = values.map { Decimal128.rounded($0, by: divisor) }
            return ColumnVector(type, .decimal(rounded), validity: column.validity)
        default: preconditionFailure("\(column.type) rounded to \(type)")
        }
    }

    /// A number too large to have that many digits after the point is itself.
    private static func roundedDoubles(_ values: [Double], _ digits: Int) -> [Double] {
        if digits == 0 { return values.map { $0.rounded(.toNearestOrAwayFromZero) } }
        let factor = repeatElement(10.0, count: digits).reduce(1, *)
        return values.map { value in
            let scaled = value * factor
            return scaled.magnitude < 0x1p52 ? scaled.rounded(.toNearestOrAwayFromZero) / factor : value
        }
    }
}
