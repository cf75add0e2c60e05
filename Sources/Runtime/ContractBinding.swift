import Dataflow
import Formats

extension JSONContract {
    /// The decoder's contract of a plan's.
    init(_ description: ContractDescription) {
        self.init(
            name: description.name,
            fields: description.columns.map { column in
                JSONField(
                    field: column.field, path: column.path,
                    timestampFormat: TimestampFormat(rawValue: column.timestampFormat.rawValue) ?? .iso8601)
            })
    }
}
