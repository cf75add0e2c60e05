import Columnar
import Parquet

/// A value of a checkpoint's row as a tree.
indirect enum CheckpointValue {
    case scalar(Scalar)
    /// Members that are null are left out.
    case structure([String: CheckpointValue])
    /// Elements of a list as `{element}`, of a map as `{key, value}`.
    case elements([CheckpointValue])

    func member(_ name: String) -> CheckpointValue? {
        if case .structure(let members) = self { members[name] } else { nil }
    }

    var elements: [CheckpointValue] { if case .elements(let elements) = self { elements } else { [] } }

    init(_ members: [String: CheckpointValue?]) { self = .structure(members.compactMapValues { $0 }) }

    static func text(_ value: String?) -> CheckpointValue? { value.map { .scalar(.string($0)) } }
    static func long(_ value: Int64?) -> CheckpointValue? { value.map { .scalar(.int64($0)) } }
    static func integer(_ value: Int) -> CheckpointValue? { .scalar(.int32(Int32(clamping: value))) }
    static func flag(_ value: Bool?) -> CheckpointValue? { value.map { .scalar(.bool($0)) } }

    static func list(_ values: [String]?) -> CheckpointValue? {
        values.map { .elements($0.map { .structure(["element": .scalar(.string($0))]) }) }
    }

    static func map(_ values: [String: String?]?) -> CheckpointValue? {
        values.map { values in
            .elements(
                values.sorted { $0.key < $1.key }.map {
                    CheckpointValue(["key": text($0.key), "value": text($0.value)])
                })
        }
    }

    func text(_ name: String) -> String? {
        if case .scalar(.string(let value)) = member(name) { value } else { nil }
    }

    func long(_ name: String) -> Int64? {
        switch member(name) {
        case .scalar(.int64(let value)): value
        case .scalar(.int32(let value)): Int64(value)
        default: nil
        }
    }

    func flag(_ name: String) -> Bool? { if case .scalar(.bool(let value)) = member(name) { value } else { nil } }

    func list(_ name: String) -> [String]? { member(name).map { $0.elements.compactMap { $0.text("element") } } }

    func map(_ name: String) -> [String: String?]? {
        guard let value = member(name) else { return nil }
        var map: [String: String?] = [:]
        for entry in value.elements {
            if let key = entry.text("key") { map.updateValue(entry.text("value"), forKey: key) }
        }
        return map
    }

    func required<Value>(_ value: Value?, _ name: String) throws -> Value {
        guard let value else { throw DeltaError(.corrupt, "a checkpoint lacks '\(name)'") }
        return value
    }
}
