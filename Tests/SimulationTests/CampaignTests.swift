import Testing

@testable import Simulation

/// Random topologies in random worlds against the batch computation.
@Suite struct CampaignTests {
    @Test func threeHundredSeeds() {
        let report = SimulationCampaign().run(1..<301, jobs: 2)
        #expect(report.failure == nil, "\(report.text)")
        #expect(report.runs == 300)
    }

    @Test(arguments: [1, 8, 21, 38] as [UInt64]) func aSeedGivesTheSameTraceEachTime(_ seed: UInt64) {
        let campaign = SimulationCampaign()
        let first = campaign.trace(seed: seed)
        #expect(first.count > 20)
        #expect(campaign.trace(seed: seed) == first)
        #expect(campaign.trace(seed: seed + 1) != first)
    }

    @Test func aCrashAtAnyOperationOfARun() {
        let report = SimulationCampaign().exhaustive(seed: 21, jobs: 2)
        #expect(report.failure == nil, "\(report.text)")
        #expect(report.runs > 100)
    }

    @Test(arguments: Mistake.allCases) func aMistakeIsFoundWithinFiveHundredSeeds(_ mistake: Mistake) throws {
        let report = SimulationCampaign(mistake: mistake).run(1..<501, jobs: 2)
        let failure = try #require(report.failure, "\(mistake) was not found")
        #expect(!failure.problems.isEmpty && !failure.smallestProblems.isEmpty)
    }
}
