import Dataflow
import Streams

extension TopologyDriver {
    /// Goes on with another version of the topology, as `run` does on the state that the first left: tables and topics
    /// stay, and the records that follow are the new version's. Lookup tables have to be given again with `setTable`.
    /// - Parameters:
    ///   - dropState, beginEmpty: the ids of steps, as the flags of `run` have them.
    /// - Returns: what is different, a sentence each.
    /// - Throws: `PlanError` with what has changed and the choices, when the new version cannot use the state.
    @discardableResult
    public func upgrade(
        to topology: any Topology.Type, dropState: Set<String> = [], beginEmpty: Set<String> = []
    ) throws -> [String] {
        try upgrade(
            to: topology.makePlan(), PlanUpgrade.Consent(droppedState: dropState, emptyBegins: beginEmpty))
    }
}
