// swift-tools-version: 6.1
import PackageDescription

// Targets import one way, downwards; ARCHITECTURE.md says what each owns.
let package = Package(
    name: "tidemark",
    targets: [
        .target(name: "Columnar"),
        .target(name: "Dataflow", dependencies: ["Columnar"]),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar"]),
        .testTarget(name: "DataflowTests", dependencies: ["Dataflow", "Columnar"]),
    ],
    swiftLanguageModes: [.v6]
)
