extension Accumulator {
    /// Whether a group's result can be null. A group has at least one row, so only an argument that is null in all of
    /// them leaves a mean or an extreme without a value; an exact sum can leave its type.
    public func canBeNull(ofNullable argumentIsNullable: Bool) -> Bool {
        switch function {
        case .count: false
        case .min, .max: argumentIsNullable
        case .average: argumentIsNullable || argument?.isDecimal == true
        case .sum: argumentIsNullable || argument != .double
        }
    }
}
