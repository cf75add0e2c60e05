/// The state of one aggregate for all groups: columns indexed by group number.
public struct Accumulator: Sendable {
    public let function: AggregateFunction
    /// The argument's type; nil for `count` of rows.
    public let argument: DataType?
    /// The type of the result.
    public let resultType: DataType
    /// Values counted, by group.
    private var counts: [Int64] = []
    /// Sums of integers and decimals, by group; a sum that leaves 128 bits is marked in `overflowed`.
    private var sums: [Int128] = []
    private var doubles: [Double] = []
    private var overflowed: Set<Int32> = []
    /// The least or greatest value so far, by group; null before the first.
    private var extremes: ColumnVector?

    /// - Throws: `BindingError` when the function does not take the type.
    public init(_ function: AggregateFunction, argument: DataType?) throws(BindingError) {
        self.function = function
        self.argument = argument
        resultType = try Self.resultType(function, argument)
        if function == .min || function == .max, let argument { extremes = ColumnVector(argument, scalars: []) }
    }

    /// The type of a function's result.
    /// - Throws: `BindingError` when the function does not take the type.
    public static func resultType(_ function: AggregateFunction, _ argument: DataType?) throws(BindingError) -> DataType
    {
        if function == .count { return .int64 }
        guard let argument else { throw BindingError(description: "\(function.rawValue) needs an argument") }
        if function == .min || function == .max { return argument }
        guard argument.isNumeric else {
            throw BindingError(description: "\(function.rawValue) takes numbers, not \(argument)")
        }
        switch (function, argument) {
        case (_, .double), (.average, .int32), (.average, .int64): return .double
        case (.average, .decimal(_, let scale)): return .decimal(precision: 38, scale: min(scale + 4, 38))
        case (_, .decimal(_, let scale)): return .decimal(precision: 38, scale: scale)
        default: return .int64
        }
    }

    /// Adds values to groups: `values` and `groups` have one element a row.
    public mutating func update(groups: [Int32], groupCount: Int, values: ColumnVector?) {
        grow(to: groupCount)
        guard let values else {
            for group in groups { counts[Int(group)] += 1 }
            return
        }
        if extremes != nil { return updateExtremes(groups, values) }
        updateCounts(groups, values)
        guard function != .count else { return }
        switch values.values {
        case .int32(let numbers): addExact(groups, numbers, values.validity)
        case .int64(let numbers): addExact(groups, numbers, values.validity)
        case .decimal(let numbers): addExact(groups, numbers, values.validity)
        case .double(let numbers):
            for (row, group) in groups.enumerated() where !values.isNull(row) { doubles[Int(group)] += numbers[row] }
        case .bool, .binary: preconditionFailure("\(function.rawValue) of \(values.type)")
        }
    }

    private mutating func grow(to groupCount: Int) {
        let missing = groupCount - counts.count
        guard missing > 0 else { return }
        counts.append(contentsOf: repeatElement(0, count: missing))
        guard function != .count else { return }
        if extremes != nil, let argument {
            extremes?.append(contentsOf: ColumnVector(argument, repeating: .null, count: missing))
        } else if argument == .double {
            doubles.append(contentsOf: repeatElement(0, count: missing))
        } else {
            sums.append(contentsOf: repeatElement(0, count: missing))
        }
    }

    private mutating func updateCounts(_ groups: [Int32], _ values: ColumnVector) {
        if let validity = values.validity {
            for (row, group) in groups.enumerated() where validity[row] { counts[Int(group)] += 1 }
        } else {
            for group in groups { counts[Int(group)] += 1 }
        }
    }

    private mutating func addExact<Value: FixedWidthInteger>(_ groups: [Int32], _ values: [Value], _ validity: Bitmap?)
    {
        for (row, group) in groups.enumerated() {
            if let validity, !validity[row] { continue }
            let (sum, overflow) = sums[Int(group)].addingReportingOverflow(Int128(values[row]))
            sums[Int(group)] = sum
            if overflow { overflowed.insert(group) }
        }
    }

    private mutating func updateExtremes(_ groups: [Int32], _ values: ColumnVector) {
        guard let current = extremes else { return }
        let isMinimum = function == .min
        extremes = ColumnVector(current.type, scalars: [])
        switch (current.values, values.values) {
        case (.int64(var best), .int64(let new)):
            let validity = replaceExtremes(&best, new, groups, current.validity, values.validity) {
                isMinimum ? $0 < $1 : $0 > $1
            }
            extremes = ColumnVector(current.type, .int64(best), validity: validity)
        case (.int32(var best), .int32(let new)):
            let validity = replaceExtremes(&best, new, groups, current.validity, values.validity) {
                isMinimum ? $0 < $1 : $0 > $1
            }
            extremes = ColumnVector(current.type, .int32(best), validity: validity)
        case (.double(var best), .double(let new)):
            // NaN is greater than every number, as in comparisons.
            let validity = replaceExtremes(&best, new, groups, current.validity, values.validity) { new, old in
                let isLess = new < old || !new.isNaN && old.isNaN
                let isGreater = new > old || new.isNaN && !old.isNaN
                return isMinimum ? isLess : isGreater
            }
            extremes = ColumnVector(current.type, .double(best), validity: validity)
        case (.decimal(var best), .decimal(let new)):
            let validity = replaceExtremes(&best, new, groups, current.validity, values.validity) {
                isMinimum ? $0 < $1 : $0 > $1
            }
            extremes = ColumnVector(current.type, .decimal(best), validity: validity)
        case (.bool(var best), .bool(let new)):
            let validity = replaceExtremes(&best, new, groups, current.validity, values.validity) {
                isMinimum ? !$0 && $1 : $0 && !$1
            }
            extremes = ColumnVector(current.type, .bool(best), validity: validity)
        case (.binary(let best), .binary(let new)):
            extremes = binaryExtremes(best, new, groups, current, values, isMinimum: isMinimum)
        default: preconditionFailure("\(values.type) among extremes of \(current.type)")
        }
    }

    @inline(__always)
    private mutating func replaceExtremes<Value>(
        _ best: inout [Value], _ new: [Value], _ groups: [Int32], _ known: Bitmap?, _ valid: Bitmap?,
        _ isBetter: (Value, Value) -> Bool
    ) -> Bitmap? {
        var known = known ?? Bitmap(repeating: true, count: best.count)
        for (row, group) in groups.enumerated() where valid.map({ $0[row] }) ?? true {
            let group = Int(group)
            counts[group] += 1
            if !known[group] || isBetter(new[row], best[group]) {
                best[group] = new[row]
                known[group] = true
            }
        }
        return known
    }

    private mutating func binaryExtremes(
        _ best: BinaryValues, _ new: BinaryValues, _ groups: [Int32], _ current: ColumnVector, _ values: ColumnVector,
        isMinimum: Bool
    ) -> ColumnVector {
        // Row numbers below `best.count` stand for the old extremes, the others for new values.
        let both = ColumnVector.concatenating([current, values])
        guard case .binary(let all) = both.values else { return current }
        var chosen = (0..<Int32(best.count)).map { $0 }
        for (row, group) in groups.enumerated() where !values.isNull(row) {
            counts[Int(group)] += 1
            let candidate = best.count + row
            let holder = Int(chosen[Int(group)])
            let order = both.isNull(holder) ? nil : all.compare(candidate, all, holder)
            if order.map({ isMinimum ? $0 < 0 : $0 > 0 }) ?? true { chosen[Int(group)] = Int32(candidate) }
        }
        return both.taking(chosen)
    }
}

extension Accumulator {
    /// The result of each group.
    public func finish() -> ColumnVector {
        if function == .count { return ColumnVector(.int64, .int64(counts)) }
        if let extremes { return extremes.withoutEmptyValidity() }
        let scalars = counts.indices.map { group -> Scalar in
            guard counts[group] > 0, !overflowed.contains(Int32(group)) else { return .null }
            return result(group)
        }
        return ColumnVector(resultType, scalars: scalars)
    }

    private func result(_ group: Int) -> Scalar {
        let count = counts[group]
        switch (function, argument) {
        case (.sum, .double): return .double(doubles[group])
        case (.average, .double): return .double(doubles[group] / Double(count))
        case (.average, .decimal(_, let scale)):
            guard case .decimal(_, let resultScale) = resultType,
                let dividend = Decimal128.rescale(sums[group], from: scale, to: resultScale)
            else { return .null }
            return .decimal(Decimal128.rounded(dividend, by: Int128(count)), scale: resultScale)
        case (.average, _): return .double(Double(sums[group]) / Double(count))
        case (_, .decimal(_, let scale)):
            let fits = sums[group].magnitude < Decimal128.powerOfTen(38).magnitude
            return fits ? .decimal(sums[group], scale: scale) : .null
        default: return Int64(exactly: sums[group]).map(Scalar.int64) ?? .null
        }
    }

    /// The state of the given groups only, renumbered in that order: to give the results of some groups, or to forget
    /// the others.
    public func taking(_ groups: [Int32]) -> Accumulator {
        var taken = self
        taken.counts = gather(counts, groups)
        if !sums.isEmpty { taken.sums = gather(sums, groups) }
        if !doubles.isEmpty { taken.doubles = gather(doubles, groups) }
        taken.extremes = extremes?.taking(groups)
        if !overflowed.isEmpty {
            taken.overflowed = Set(groups.indices.filter { overflowed.contains(groups[$0]) }.map { Int32($0) })
        }
        return taken
    }

    /// The state as columns of one length, for a checkpoint.
    public func state() -> [ColumnVector] {
        let counts = ColumnVector(.int64, .int64(counts))
        if let extremes { return [counts, extremes] }
        if function == .count { return [counts] }
        if argument == .double { return [counts, ColumnVector(.double, .double(doubles))] }
        var validity = Bitmap(repeating: true, count: sums.count)
        for group in overflowed { validity[Int(group)] = false }
        return [counts, ColumnVector(.decimal(precision: 38, scale: 0), .decimal(sums), validity: validity)]
    }

    /// Adds the groups of another accumulator's state: `groups` says which group here each of its rows belongs to.
    public mutating func merge(_ state: [ColumnVector], groups: [Int32], groupCount: Int) {
        grow(to: groupCount)
        guard case .int64(let added) = state[0].values else { preconditionFailure("counts of \(state[0].type)") }
        if extremes != nil {
            let before = counts
            updateExtremes(groups, state[1])
            counts = before
        }
        for (row, group) in groups.enumerated() { counts[Int(group)] += added[row] }
        guard state.count > 1, extremes == nil else { return }
        switch state[1].values {
        case .double(let values): for (row, group) in groups.enumerated() { doubles[Int(group)] += values[row] }
        case .decimal(let values):
            addExact(groups, values, nil)
            for (row, group) in groups.enumerated() where state[1].isNull(row) { overflowed.insert(group) }
        default: preconditionFailure("sums of \(state[1].type)")
        }
    }
}
