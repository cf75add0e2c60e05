import Dataflow

extension WritableStream {
    /// Names the step that gives these rows, so that it finds its state again when the topology changes; without a name it
    /// is known by what it does and by where its rows come from and go. Give one to every step with state of a topology
    /// that will change, and keep it: a step of another name begins without state.
    public func named(_ name: String) -> Self {
        let isFree = !end.builder.plan.steps.contains { $0.name == name }
        if name.isEmpty || name.contains("/") || name.contains(where: \.isWhitespace) {
            end.builder.note("'\(name)' cannot name a step: write a word without spaces and '/'")
        } else if !isFree {
            end.builder.note("two steps are called '\(name)': give each a name of its own")
        }
        end.builder.plan.steps[end.step].name = name
        return self
    }
}
