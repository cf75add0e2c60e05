// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that whoever depends on Tidemark does not build its benchmarks.
let package = Package(
    name: "tidemark-benchmarks",
    dependencies: [.package(name: "tidemark", path: "..")],
    targets: [
        .target(name: "Bids"),
        .executableTarget(name: "generate-bids", dependencies: ["Bids"]),
        .executableTarget(
            name: "bid-windows",
            dependencies: [
                .product(name: "Tidemark", package: "tidemark"), .product(name: "Engine", package: "tidemark"),
                // Not linked: the workloads are measured with it, so that one build makes all that is measured.
                .product(name: "tidemark", package: "tidemark"),
            ]),
        .executableTarget(
            name: "large-payments", dependencies: [.product(name: "Tidemark", package: "tidemark")]),
        .executableTarget(name: "kafka-latency", dependencies: [.product(name: "Engine", package: "tidemark")]),
        .executableTarget(name: "spilled-state", dependencies: [.product(name: "Engine", package: "tidemark")]),
        .executableTarget(name: "bare-consumer", linkerSettings: [.linkedLibrary("rdkafka")]),
        .executableTarget(name: "kernels", dependencies: ["Bids", .product(name: "Engine", package: "tidemark")]),
    ],
    swiftLanguageModes: [.v6]
)
