// swift-tools-version: 6.1
import PackageDescription

// Targets import one way, downwards; ARCHITECTURE.md says what each owns.
let package = Package(
    name: "tidemark",
    targets: [
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // The mathematics library, for rounding: executables without Foundation do not link it by themselves.
        .target(name: "Columnar", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "Dataflow", dependencies: ["Columnar"]),
        .target(name: "Formats", dependencies: ["Dataflow", "Columnar"]),
        .target(name: "ObjectStorage", dependencies: ["CZstd"]),
        .target(name: "Parquet", dependencies: ["Columnar", "CZstd"]),
        .target(name: "Streams", dependencies: ["Dataflow", "Columnar"]),
        .target(name: "TidemarkTesting", dependencies: ["Streams", "Formats", "Dataflow", "Columnar"]),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar"]),
        .testTarget(name: "DataflowTests", dependencies: ["Dataflow", "Columnar"]),
        .testTarget(name: "FormatsTests", dependencies: ["Formats", "Dataflow", "Columnar"]),
        .testTarget(name: "ObjectStorageTests", dependencies: ["ObjectStorage"]),
        .testTarget(name: "ParquetTests", dependencies: ["Parquet", "Columnar"]),
        .testTarget(name: "TopologyTests", dependencies: ["TidemarkTesting", "Streams", "Dataflow"]),
    ],
    swiftLanguageModes: [.v6]
)
