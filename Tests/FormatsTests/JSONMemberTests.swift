import Formats
import Testing

@Suite struct JSONMemberTests {
    @Test(arguments: [
        (#"{"id":"a\u00e9\n"}"#, "aé\n"),
        (#"{ "x" : [1,{"id":2}], "id" : 12345678901234567890 }"#, "12345678901234567890"),
        (#"{"id":1.10}"#, "1.10"), (#"{"id":true,"x":null}"#, "true"), (#"{"id":1,"id":2}"#, "2"),
        (#"{"\u0069d":-0}"#, "-0"), (#"{"id":{"a": 1}}"#, #"{"a": 1}"#), (#"{"id":""}"#, ""),
    ])
    func aValueAsItStands(record: String, text: String) {
        #expect(JSONMember.content(of: "id", in: Array(record.utf8)) == .text(Array(text.utf8)))
    }

    @Test func nullsAndWhatIsNotThere() {
        #expect(JSONMember.content(of: "id", in: Array(#"{"id":null}"#.utf8)) == .null)
        for record in ["{}", " { } ", #"{"ID":1}"#, #"{"x":{"id":1}}"#] {
            #expect(JSONMember.content(of: "id", in: Array(record.utf8)) == .missing, "\(record)")
        }
        for record in [
            "", "[]", "1", "{", #"{"id":1"#, #"{"id":1}x"#, #"{"id":1,}"#, #"{"id":01}"#, #"{,"id":1}"#, "nul",
        ] {
            #expect(JSONMember.content(of: "id", in: Array(record.utf8)) == nil, "\(record)")
        }
    }
}
