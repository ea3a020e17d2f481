//! Every limit that an operator may set has a test that goes one past it, and one command of the README runs them all.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use knooppunt::config::Config;

/// Each limit with the test, by module and name.
const TESTS: &[(&str, &str, &str)] = &[
    (
        "api.body_bytes_max",
        "hostile",
        "one_byte_over_the_limit_is_413_and_the_limit_itself_is_read",
    ),
    (
        "api.decision_bytes_max",
        "api",
        "a_decision_of_the_limit_is_read_and_one_byte_more_is_413",
    ),
    (
        "api.body_grace_s",
        "hostile",
        "a_body_that_drips_is_cut_off_after_its_grace",
    ),
    (
        "api.body_bytes_per_s_min",
        "hostile",
        "a_body_that_drips_is_cut_off_after_its_grace",
    ),
    (
        "api.body_idle_s",
        "hostile",
        "a_body_that_pauses_is_cut_off",
    ),
    (
        "api.findings_shown_max",
        "api",
        "one_finding_past_a_hundred_is_counted_and_not_shown",
    ),
    (
        "api.page_max",
        "api",
        "a_parameter_that_is_wrong_is_400_and_named",
    ),
    (
        "xml.depth_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.attributes_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.namespaces_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.name_bytes_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.text_bytes_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.attribute_bytes_max",
        "xml",
        "every_limit_holds_at_its_value_and_refuses_one_past_it",
    ),
    (
        "xml.findings_max",
        "xml",
        "findings_past_the_number_that_is_kept_are_counted",
    ),
    (
        "budget.in_flight_bytes_max",
        "room",
        "without_room_a_message_is_429_before_a_byte_of_it_is_read",
    ),
    (
        "budget.party_bytes_max",
        "budget",
        "a_body_one_byte_past_the_share_is_refused_and_changes_nothing",
    ),
    (
        "budget.party_requests_max",
        "budget",
        "one_request_past_the_number_of_a_party_is_refused_and_another_party_is_not",
    ),
    (
        "budget.party_hand_ins_max",
        "budget",
        "one_message_past_the_queue_of_a_party_is_refused_and_its_reading_is_not",
    ),
    (
        "budget.turn_timeout_s",
        "budget",
        "who_finds_no_room_within_the_time_is_told_what_he_is_short_of_and_leaves_nothing",
    ),
    (
        "lanes.judging_bytes_max",
        "lanes",
        "one_large_body_past_the_room_for_judging_waits_and_a_small_one_does_not",
    ),
    (
        "tls.fetch.bytes_max",
        "revocation/refusals",
        "a_list_of_the_limit_is_taken_and_one_of_a_byte_more_is_not",
    ),
    (
        "tls.fetch.fetch_timeout_s",
        "revocation/refusals",
        "a_list_that_does_not_come_in_time_is_given_up_and_the_others_are_fetched",
    ),
    (
        "connections.connections_max",
        "transport",
        "one_connection_too_many_waits_until_another_ends",
    ),
    (
        "connections.connections_party_max",
        "transport",
        "a_party_has_its_share_of_connections_and_another_party_its_own",
    ),
    (
        "connections.handshakes_max",
        "transport",
        "handshakes_under_way_are_bounded_and_go_on_when_one_ends",
    ),
    (
        "connections.handshake_timeout_s",
        "transport",
        "a_slow_handshake_is_cut_off_and_hinders_nobody",
    ),
    (
        "connections.header_timeout_s",
        "transport",
        "a_header_that_does_not_get_complete_is_cut_off",
    ),
    (
        "connections.header_bytes_max",
        "transport",
        "a_header_of_the_limit_is_taken_and_one_byte_more_is_not",
    ),
    (
        "connections.headers_max",
        "transport",
        "a_header_line_too_many_is_not_taken",
    ),
    (
        "connections.idle_timeout_s",
        "transport",
        "an_idle_connection_is_closed",
    ),
    (
        "connections.write_timeout_s",
        "transport",
        "a_client_that_does_not_take_its_answer_is_cut_off",
    ),
    (
        "connections.write_bytes_min",
        "transport",
        "a_client_that_takes_a_few_bytes_now_and_then_is_cut_off_too",
    ),
    (
        "connections.connection_age_s",
        "transport",
        "a_connection_ends_at_its_age_although_it_is_used",
    ),
    (
        "connections.drain_timeout_s",
        "transport",
        "a_request_that_does_not_end_is_cut_off_after_the_drain_time",
    ),
    (
        "connections.streams_max",
        "transport",
        "a_stream_too_many_is_refused_and_the_others_go_on",
    ),
    (
        "deliver.bytes_max",
        "deliver/room",
        "what_needs_more_than_there_is_goes_alone",
    ),
    (
        "deliver.failures_in_row_max",
        "deliver/pace",
        "an_endpoint_is_left_alone_after_five_failures_in_a_row_and_not_after_four",
    ),
    (
        "deliver.failures_in_all_max",
        "deliver/pace",
        "an_endpoint_is_left_alone_after_twenty_five_failures_in_all",
    ),
    (
        "vsp.json_bytes_max",
        "vsp/hostile",
        "parts_that_are_too_many_doubled_missing_or_without_end_are_400",
    ),
    (
        "store.views_ahead_bytes_max",
        "store/embedded/tests/room",
        "one_byte_more_than_may_wait_in_memory_is_an_error_that_says_why_and_changes_nothing",
    ),
    (
        "health.disk_free_min",
        "health",
        "one_byte_below_the_reserve_of_the_disk_no_message_is_taken",
    ),
    (
        "health.written_within_s",
        "health",
        "it_is_green_until_five_seconds_after_the_last_write_and_red_after_that",
    ),
    (
        "health.views_return_within_s",
        "health",
        "one_millisecond_past_its_limit_a_call_of_the_view_engine_turns_it_red_until_it_returns",
    ),
    (
        "health.clock_back_max_ms",
        "health",
        "a_clock_that_steps_back_turns_it_red_and_stops_intake_until_the_clock_has_caught_up",
    ),
    (
        "message_log.fresh_within_s",
        "log/tests/going_on",
        "health_is_red_one_millisecond_after_a_record_waited_too_long",
    ),
];

/// What the name of a limit ends with.
const ENDINGS: [&str; 8] = [
    "_max",
    "_max_ms",
    "_min",
    "_timeout_s",
    "_age_s",
    "_idle_s",
    "_grace_s",
    "_within_s",
];

/// Every key of the configuration that is a limit, as `section.key`.
fn limits() -> BTreeSet<String> {
    let (mut section, mut limits) = (String::new(), BTreeSet::new());
    for line in Config::printed().lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ")
            && ENDINGS.iter().any(|ending| key.ends_with(ending))
        {
            limits.insert(format!("{section}.{key}"));
        }
    }
    limits
}

#[test]
fn every_limit_has_a_test_that_goes_one_past_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (limit, module, test) in TESTS {
        let sources = ["tests/spec", "src/gateway", "src/standard/tests/spec"]
            .map(|folder| root.join(folder).join(format!("{module}.rs")));
        let is_there = sources.iter().any(|source| {
            fs::read_to_string(source).is_ok_and(|text| text.contains(&format!("fn {test}(")))
        });
        assert!(is_there, "{limit}: no test {module}::{test}");
    }
    let tested: BTreeSet<String> = TESTS
        .iter()
        .map(|(limit, ..)| (*limit).to_owned())
        .collect();
    assert_eq!(
        limits(),
        tested,
        "left: the configuration; right: the table"
    );
}

#[test]
fn one_command_of_the_readme_runs_them_all() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let command = "cargo test --workspace --lib --test spec -- ";
    let (_, after) = readme.split_once(command).expect("the command");
    let filters: Vec<&str> = after
        .split('`')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    for (limit, module, test) in TESTS {
        let name = format!("{module}::{test}");
        assert!(
            filters.iter().any(|filter| name.contains(filter)),
            "{limit}: {name} is not run by it"
        );
    }
}
