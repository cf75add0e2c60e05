// swift-tools-version: 6.1
import PackageDescription

// What a topology is built from. All of it: a target is built anew when a module that it names has changed, and a module
// that only passes on the types of another does not change with them.
let topologyDependencies: [Target.Dependency] = ["Tidemark", "Streams", "Dataflow", "Columnar"]

// Targets import one way, downwards; ARCHITECTURE.md says what each owns.
let package = Package(
    name: "tidemark",
    products: [
        .library(name: "Tidemark", targets: ["Tidemark"]),
        .library(name: "TidemarkTesting", targets: ["TidemarkTesting"]),
        // For this project's own benchmarks; it may change with every version.
        .library(
            name: "Engine",
            targets: [
                "Columnar", "Dataflow", "Formats", "ObjectStorage", "Parquet", "DeltaTables", "Streams", "Workloads",
                "KafkaConnector", "Runtime",
            ]),
        .executable(name: "tidemark", targets: ["TidemarkCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    ],
    targets: [
        .systemLibrary(name: "CRdkafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // The mathematics library: executables without Foundation do not link it by themselves.
        .target(
            name: "Columnar", dependencies: ["CPCRE2", "CCrypto"],
            linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(name: "Dataflow", dependencies: ["Columnar"]),
        .target(name: "Formats", dependencies: ["Dataflow", "Columnar"]),
        .target(name: "KafkaConnector", dependencies: ["Dataflow", "Columnar", "CRdkafka"]),
        .target(name: "ObjectStorage", dependencies: ["CZstd"]),
        .target(name: "Parquet", dependencies: ["Columnar", "CZstd"]),
        .target(name: "DeltaTables", dependencies: ["Parquet", "ObjectStorage", "Dataflow", "Columnar"]),
        .target(name: "Streams", dependencies: ["Dataflow", "Columnar"]),
        .target(name: "TidemarkTesting", dependencies: ["Streams", "Formats", "Dataflow", "Columnar"]),
        .target(
            name: "Runtime",
            dependencies: [
                "Streams", "Dataflow", "Formats", "KafkaConnector", "DeltaTables", "ObjectStorage", "Parquet",
                "Columnar",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
            ]),
        .target(name: "Tidemark", dependencies: ["Streams", "Runtime"]),
        .target(
            name: "Simulation",
            dependencies: [
                "Runtime", "KafkaConnector", "DeltaTables", "ObjectStorage", "Formats", "Dataflow", "Columnar",
            ]),
        .executableTarget(
            name: "simulate",
            dependencies: ["Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Sources/SimulateCommand"),
        .target(name: "Workloads", dependencies: ["Streams"]),
        .executableTarget(
            name: "TidemarkCommand",
            dependencies: [
                "Runtime", "Workloads", "Streams", "KafkaConnector", "DeltaTables", "Formats", "ObjectStorage",
                "Dataflow",
                "Columnar",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "flight-delays", dependencies: topologyDependencies, path: "topologies/flight-delays",
            exclude: ["demo.sh", "flights.py", "oracle.py", "show_summary.py"]),
        .executableTarget(
            name: "invoice-revenue", dependencies: topologyDependencies, path: "topologies/invoice-revenue",
            exclude: ["invoices.py", "oracle.py"]),
        .executableTarget(
            name: "expense-feed", dependencies: topologyDependencies, path: "topologies/expense-feed"),
        .target(name: "NexmarkQueries", dependencies: topologyDependencies, path: "topologies/nexmark/Queries"),
        .executableTarget(
            name: "nexmark", dependencies: ["NexmarkQueries", "Runtime"], path: "topologies/nexmark/Program"),
        .target(name: "TestSupport", dependencies: ["KafkaConnector", "Columnar"], path: "Tests/TestSupport"),
        // README.md's first topology, so that it builds and does what is said there.
        .executableTarget(name: "first-topology", dependencies: topologyDependencies, path: "Tests/FirstTopology"),
        // A topology that appends, for the tests that kill it.
        .executableTarget(name: "flight-log", dependencies: topologyDependencies, path: "Tests/FlightLog"),
        // Sessions, a join, and a copy of a table by its changes, for the tests that kill them.
        .executableTarget(
            name: "crash-topologies", dependencies: topologyDependencies + ["Runtime"], path: "Tests/CrashTopologies"),
        // Nested contracts and tables, for the tests of processes.
        .executableTarget(name: "nested-topology", dependencies: topologyDependencies, path: "Tests/NestedTopology"),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar", "TestSupport"]),
        .testTarget(
            name: "DataflowTests", dependencies: ["TestSupport", "TidemarkTesting", "Dataflow", "Columnar"]),
        .testTarget(
            name: "DeltaTablesTests",
            dependencies: ["TestSupport", "DeltaTables", "Parquet", "ObjectStorage", "Dataflow", "Columnar"]),
        .testTarget(name: "FormatsTests", dependencies: ["TestSupport", "Formats", "Dataflow", "Columnar"]),
        .testTarget(
            name: "KafkaConnectorTests",
            dependencies: ["TestSupport", "KafkaConnector", "Formats", "Dataflow", "Columnar"]),
        .testTarget(
            name: "NexmarkTests", dependencies: ["TestSupport", "NexmarkQueries", "Streams", "TidemarkTesting"]),
        .testTarget(name: "ObjectStorageTests", dependencies: ["ObjectStorage"]),
        .testTarget(name: "ParquetTests", dependencies: ["TestSupport", "Parquet", "Columnar"]),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "TestSupport", "KafkaConnector", "Dataflow", "flight-delays", "first-topology", "flight-log",
                "crash-topologies", "nested-topology", "expense-feed", "TidemarkCommand",
            ]),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "TestSupport", "Runtime", "TidemarkTesting", "KafkaConnector", "DeltaTables", "Parquet",
                "ObjectStorage", "Workloads", "Streams", "Dataflow", "Columnar",
            ], exclude: ["Checkpoints/version-1.checkpoint"]),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Simulation", "Runtime", "KafkaConnector", "DeltaTables", "ObjectStorage", "Dataflow", "Columnar",
            ]),
        .testTarget(name: "TopologyTests", dependencies: ["TestSupport", "TidemarkTesting", "Streams", "Dataflow"]),
        .testTarget(name: "WorkloadTests", dependencies: ["TestSupport", "Workloads", "TidemarkTesting"]),
    ],
    swiftLanguageModes: [.v6]
)
