import ArgumentParser
import Dataflow

/// The flags by which somebody agrees to what a changed plan loses.
struct UpgradeOptions: ParsableArguments {
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Give up the state of a step that is gone or has changed; may be repeated. A plan that is refused says which.",
            valueName: "step"))
    var dropState: [String] = []
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Let a step that is new begin without the rows that were read so far; may be repeated.", valueName: "step"))
    var beginEmpty: [String] = []

    var consent: PlanUpgrade.Consent {
        PlanUpgrade.Consent(droppedState: Set(dropState), emptyBegins: Set(beginEmpty))
    }
}
