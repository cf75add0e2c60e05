import Columnar

/// Whether a step can go on with the state that a step of an earlier plan has, and how: never with a wrong answer.
///
/// What counts is what state is made of: keys, aggregates, order and windows have to mean what they meant. Rows that wait
/// are given as they were read; what rows from now on are, is the new plan's business.
struct StateComparison {
    /// Why it cannot, a clause each.
    private(set) var differences: [String] = []
    /// What somebody should know when it can, a clause each.
    private(set) var notes: [String] = []
    private(set) var migration = StateMigration()
    private let old: PlanDescription
    private let new: PlanDescription
    private let oldStep: Int
    private let newStep: Int

    init(
        _ old: PlanDescription, _ oldStep: Int, _ new: PlanDescription, _ newStep: Int,
        isInFiles: Bool, _ meanings: inout MeaningComparison
    ) {
        (self.old, self.oldStep, self.new, self.newStep) = (old, oldStep, new, newStep)
        compareSettings()
        if !meanings.isSameTime(at: oldStep, newStep) { differences.append("event time is another") }
        for port in step.inputs.indices
        where !meanings.areSameRows(at: oldStep, newStep, port: port) {
            differences.append(
                "its rows are others\(step.inputs.count > 1 ? " on the \(port == 0 ? "left" : "right")" : "")")
        }
        compareKeys(&meanings)
        for role in [Part.Role.order, .identity, .deletion, .reads] { compareFixed(role, &meanings) }
        compareState(&meanings)
        compareRows(&meanings)
        if !areSame(.condition, &meanings) {
            notes.append("its condition is \(text(.condition, was)) → \(text(.condition, step)) for pairs from now on")
        }
        // Files are read as they are.
        if isInFiles, differences.isEmpty, !migration.isIdentity {
            differences.append("a part of its state is in files, by the columns and windows that it had")
        }
    }

    private typealias Part = StepDescription.Part
    private var was: StepDescription { old.steps[oldStep] }
    private var step: StepDescription { new.steps[newStep] }

    private mutating func compareSettings() {
        for name in Set(was.settings.keys).union(step.settings.keys).sorted() {
            guard was.settings[name] != step.settings[name] else { continue }
            // With windows comes all that they have.
            let isOfWindow = ["allowed lateness", "emission", "offset"].contains(name)
            if isOfWindow, was.settings["window"] == nil || step.settings["window"] == nil { continue }
            let change = StepDescription.change(of: name, was.settings[name], step.settings[name])
            switch (name, step.kind) {
            case ("allowed lateness", .aggregate) where isOnClose(was) && isOnClose(step):
                shiftProgress()
                notes.append("\(change): windows that have closed stay closed")
            case ("emission", .aggregate) where canChangeEmission:
                migration.marksChanged = true
                notes.append("\(change): what its open windows hold is given anew")
            case ("time to live", _) where was.settings[name] != nil && step.settings[name] != nil,
                ("rows of forgotten keys", _) where was.settings["time to live"] != nil && step.settings[name] != nil:
                notes.append("\(change) for what is forgotten from now on")
            case ("parameters", .process), ("late rows", .process): notes.append("\(change) for rows from now on")
            default: differences.append(change)
            }
        }
    }

    private func isOnClose(_ step: StepDescription) -> Bool {
        step.settings["emission"] == WindowSpecification.Emission.onClose.text
    }

    /// Rows that were given early come again when that is asked for; sessions have to take their old bounds away.
    private var canChangeEmission: Bool {
        was.settings["allowed lateness"] == step.settings["allowed lateness"]
            && step.settings["window"]?.hasPrefix("session") == false
    }

    /// A window is closed when event time has reached its end and the allowed lateness. That which had closed it before
    /// closes it again, and no other, when the step's event time is moved by as much as the lateness.
    private mutating func shiftProgress() {
        let lateness = [was, step].map { $0.settings["allowed lateness"].flatMap { Int64($0) } ?? 0 }
        migration.progressShift = lateness[1] - lateness[0]
    }

    private mutating func compareKeys(_ meanings: inout MeaningComparison) {
        let (before, now) = (was.parts(.key), step.parts(.key))
        var free = Array(before.indices)
        var order: [Int] = []
        for key in now {
            let place = free.firstIndex { meanings.isSame(before[$0].meaning, of: oldStep, key.meaning, of: newStep) }
            if let place { order.append(free.remove(at: place)) }
        }
        guard order.count == now.count, free.isEmpty else {
            let names = [before, now].map { $0.map(\.name).joined(separator: ", ") }
            if names[0] == names[1] {
                return differences.append("its keys \(names[0]) are computed in another way")
            }
            return differences.append("keys \(names[0]) → \(names[1])")
        }
        guard order != Array(now.indices) else { return }
        migration.slots["key"] = order.map { .old($0) }
        migration.keyColumns = keyColumns
    }

    /// Where the keys stand in the sections of the new state.
    private var keyColumns: [String: [String]] {
        let keys = step.parts(.key)
        let columns = keys.indices.map { "key_\($0)" }
        switch step.kind {
        case .keepLast, .top:
            let rows = step.parts(.row)
            let places = keys.compactMap { key in rows.firstIndex { $0.name == key.name } }
            return ["rows": places.map { "row_\($0)" }]
        case .join:
            let left = step.parts(.left).count
            let behindRows = keys.indices.map { "column_\(left + $0)" }
            return ["left": columns, "right": columns, "versions": columns, "rows": behindRows]
        default:
            return ["keys": columns, "timers": columns, "panes": columns, "sessions": columns, "withdrawn": columns]
        }
    }

    /// Parts that have to be what they were, in their order.
    private mutating func compareFixed(_ role: Part.Role, _ meanings: inout MeaningComparison) {
        guard !areSame(role, &meanings) else { return }
        let names: [Part.Role: String] = [
            .order: "order", .identity: "identity of rows", .deletion: "what ends a version",
        ]
        guard let name = names[role] else {
            return differences.append("columns that its function reads are computed in another way")
        }
        differences.append("\(name) \(text(role, was)) → \(text(role, step))")
    }

    private func areSame(_ role: Part.Role, _ meanings: inout MeaningComparison) -> Bool {
        let (before, now) = (was.parts(role), step.parts(role))
        return before.count == now.count
            && zip(before, now).allSatisfy { meanings.isSame($0.meaning, of: oldStep, $1.meaning, of: newStep) }
    }

    private func text(_ role: Part.Role, _ step: StepDescription) -> String {
        let parts = step.parts(role)
        return parts.isEmpty ? "none" : parts.map(\.meaning.expanded).joined(separator: ", ")
    }

    /// Accumulators, and the columns of a function's own state.
    private mutating func compareState(_ meanings: inout MeaningComparison) {
        let role: Part.Role = step.kind == .process ? .field : .aggregate
        let (before, now) = (was.parts(role), step.parts(role))
        var slots: [StateMigration.Slot] = []
        for part in now {
            let same = before.firstIndex { meanings.isSame($0.meaning, of: oldStep, part.meaning, of: newStep) }
            if let same {
                slots.append(.old(same))
            } else if let former = before.first(where: { $0.name == part.name }) {
                let texts = [former, part].map(\.meaning.expanded)
                differences.append(
                    texts[0] == texts[1]
                        ? "what \(part.title), \(texts[0]), is computed of" : "\(part.title) \(texts[0]) → \(texts[1])")
            } else {
                differences.append(
                    "\(part.title) is new, \(part.meaning.expanded), and its state holds rows that this has not seen")
            }
        }
        for (index, part) in before.enumerated() where !slots.contains(.old(index)) {
            if !now.contains(where: { $0.name == part.name }) {
                notes.append("\(part.title), \(part.meaning.expanded), is no longer kept")
            }
        }
        if slots != before.indices.map({ .old($0) }) { migration.slots["state"] = slots }
    }

    private mutating func compareRows(_ meanings: inout MeaningComparison) {
        guard step.kind == .join else {
            let rows = slots(.row, port: 0, &meanings)
            if rows != was.parts(.row).indices.map({ .old($0) }) { migration.slots["row"] = rows }
            return
        }
        let sides = [slots(.left, port: 0, &meanings), slots(.right, port: 1, &meanings)]
        let before = [was.parts(.left).count, was.parts(.right).count]
        let isSame = zip(sides, before).allSatisfy { $0 == (0..<$1).map { .old($0) } }
        let keys = migration.slots["key"]
        guard !isSame || keys != nil else { return }
        let order = keys ?? step.parts(.key).indices.map { .old($0) }
        // The rows of a join with versions hold their keys behind their columns.
        let behind = order.map { slot in
            if case .old(let index) = slot { StateMigration.Slot.old(before[0] + index) } else { slot }
        }
        migration.sectionSlots = [
            "left": ["key": order, "column": sides[0]], "right": ["key": order, "column": sides[1]],
            "versions": ["key": order, "column": sides[1]], "rows": ["column": sides[0] + behind],
        ]
    }

    private mutating func slots(
        _ role: Part.Role, port: Int, _ meanings: inout MeaningComparison
    ) -> [StateMigration.Slot] {
        let before = was.parts(role)
        return step.parts(role).compactMap { part in
            let type = new.type(of: part.name, into: newStep, port: port)
            let named = before.firstIndex {
                $0.name == part.name && old.type(of: $0.name, into: oldStep, port: port) == type
            }
            let same = before.indices.filter {
                meanings.isSame(before[$0].meaning, of: oldStep, part.meaning, of: newStep)
            }
            if let index = same.first(where: { $0 == named }) ?? same.first { return .old(index) }
            if let named {
                notes.append("rows that it keeps have \(part.name) as it was computed before")
                return .old(named)
            }
            if let type, meanings.isNewField(part.meaning, of: newStep) {
                notes.append("rows that it keeps have no \(part.name)")
                return .null(type)
            }
            differences.append("it needs \(part.name), which the rows that it keeps do not have")
            return nil
        }
    }
}

extension PlanDescription {
    /// The type of a column that a step takes.
    fileprivate func type(of column: String, into step: Int, port: Int) -> DataType? {
        let schema = steps[steps[step].inputs[port]].gives
        return schema.index(of: column).map { schema.fields[$0].type }
    }
}

extension StepDescription {
    private static let durations: Set = ["allowed lateness", "offset", "delay", "time to live"]

    /// One setting before and after.
    static func change(of name: String, _ before: String?, _ after: String?) -> String {
        let values = [before, after].map { value -> String in
            guard let value, !value.isEmpty else { return "none" }
            guard durations.contains(name), let duration = Int64(value) else { return value }
            return duration == 0 ? "none" : durationText(duration)
        }
        return "\(name) \(values[0]) → \(values[1])"
    }
}

extension StepDescription.Part {
    /// The name for people; that of an aggregate is made of its column's.
    var title: String { name.hasPrefix("__") ? String(name.dropFirst(2)) : name }
}

extension StepDescription.Meaning {
    /// The computation with the names of its columns.
    var expanded: String {
        sources.indices.reversed().reduce(text) { $0.replacing("$\($1)", with: sources[$1].name) }
    }
}
