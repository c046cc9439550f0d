//! Figures for who runs the server, in the text format of Prometheus. They name
//! routes, never what was asked of them.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Upper ends of the latency buckets, in milliseconds.
const BUCKETS_MILLIS: [u64; 11] = [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

/// What requests no route knows are counted under.
const NO_ROUTE: &str = "none";

#[derive(Debug, Default)]
struct Route {
    by_class: [u64; 5],
    buckets: [u64; BUCKETS_MILLIS.len()],
    count: u64,
    micros: u64,
}

/// The figures of this server since it started.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// By the pattern of the route, of which there are few.
    routes: Mutex<BTreeMap<String, Route>>,
}

impl Metrics {
    /// Counts an answer.
    pub(crate) fn count(&self, route: Option<&str>, status: u16, took: Duration) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let name = route.unwrap_or(NO_ROUTE);
        if !routes.contains_key(name) {
            routes.insert(name.to_owned(), Route::default());
        }
        let Some(route) = routes.get_mut(name) else { return };
        let class = usize::from(status).checked_div(100).unwrap_or_default().saturating_sub(1);
        if let Some(count) = route.by_class.get_mut(class) {
            *count = count.saturating_add(1);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for (bucket, end) in route.buckets.iter_mut().zip(BUCKETS_MILLIS) {
            if micros <= end.saturating_mul(1_000) {
                *bucket = bucket.saturating_add(1);
            }
        }
        route.count = route.count.saturating_add(1);
        route.micros = route.micros.saturating_add(micros);
    }

    /// The figures as text, with how long the process has been up.
    pub(crate) fn text(&self, up: Duration) -> String {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        head(&mut text, "ims_up_seconds", "gauge", "How long this process has been up.");
        let _ = writeln!(text, "ims_up_seconds {}", up.as_secs());
        let requests = "Requests answered, by route and class of status.";
        head(&mut text, "ims_http_requests_total", "counter", requests);
        for (name, route) in &*routes {
            for (class, count) in (1..).zip(route.by_class).filter(|(_, count)| *count > 0) {
                let labels = format!("route=\"{name}\",class=\"{class}xx\"");
                let _ = writeln!(text, "ims_http_requests_total{{{labels}}} {count}");
            }
        }
        let seconds = "How long answers took, by route.";
        head(&mut text, "ims_http_request_seconds", "histogram", seconds);
        for (name, route) in &*routes {
            histogram(&mut text, name, route);
        }
        text
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn histogram(text: &mut String, name: &str, route: &Route) {
    let metric = "ims_http_request_seconds";
    let ends = BUCKETS_MILLIS.map(|millis| seconds(millis.saturating_mul(1_000)));
    for (end, count) in ends.iter().zip(route.buckets) {
        let _ = writeln!(text, "{metric}_bucket{{route=\"{name}\",le=\"{end}\"}} {count}");
    }
    let count = route.count;
    let _ = writeln!(text, "{metric}_bucket{{route=\"{name}\",le=\"+Inf\"}} {count}");
    let _ = writeln!(text, "{metric}_sum{{route=\"{name}\"}} {}", seconds(route.micros));
    let _ = writeln!(text, "{metric}_count{{route=\"{name}\"}} {count}");
}

/// Microseconds as seconds, without trailing noughts.
fn seconds(micros: u64) -> String {
    let duration = Duration::from_micros(micros);
    let text = format!("{}.{:06}", duration.as_secs(), duration.subsec_micros());
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_read_as_prometheus_wants_them() {
        let metrics = Metrics::default();
        metrics.count(Some("/office"), 200, Duration::from_micros(7_500));
        metrics.count(Some("/office"), 503, Duration::from_millis(2_000));
        metrics.count(None, 404, Duration::ZERO);
        let text = metrics.text(Duration::from_secs(61));
        for line in [
            "# TYPE ims_http_request_seconds histogram",
            "ims_up_seconds 61",
            "ims_http_requests_total{route=\"/office\",class=\"2xx\"} 1",
            "ims_http_requests_total{route=\"/office\",class=\"5xx\"} 1",
            "ims_http_requests_total{route=\"none\",class=\"4xx\"} 1",
            "ims_http_request_seconds_bucket{route=\"/office\",le=\"0.005\"} 0",
            "ims_http_request_seconds_bucket{route=\"/office\",le=\"0.01\"} 1",
            "ims_http_request_seconds_bucket{route=\"/office\",le=\"2.5\"} 2",
            "ims_http_request_seconds_bucket{route=\"/office\",le=\"10\"} 2",
            "ims_http_request_seconds_bucket{route=\"/office\",le=\"+Inf\"} 2",
            "ims_http_request_seconds_sum{route=\"/office\"} 2.0075",
            "ims_http_request_seconds_count{route=\"/office\"} 2",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
