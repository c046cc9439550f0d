//! How much of the network a page costs, as the server sends it to a browser: the
//! page with its own style sheets and scripts, without images.

use std::collections::BTreeMap;

use ims_testkit::Engine;

use super::{
    borough::Borough,
    client::{Answer, Client},
    portal::fill,
};

/// The most that a page may cost a resident, in bytes.
pub const BYTES_MAX: usize = 60 * 1024;

/// The most that a page may cost at a council's desk, whose proxy may compress it.
pub const DESK_BYTES_MAX: usize = 80 * 1024;

/// What a browser can read.
const BROWSER: [(&str, &str); 1] = [("accept-encoding", "gzip, deflate, br, zstd")];

/// What came over the network.
fn sent(answer: &Answer) -> usize {
    answer.header("content-length").parse().unwrap()
}

/// What a page brings with it: style sheets and scripts.
fn brought(page: &str) -> Vec<String> {
    let tags = page.split('<').filter(|tag| {
        tag.starts_with("script") || (tag.starts_with("link") && tag.contains("stylesheet"))
    });
    let address = |tag: &str| {
        let (_, rest) = tag.split_once("href=\"").or_else(|| tag.split_once("src=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    tags.filter_map(address).collect()
}

/// Weighs pages, and keeps what their style sheets weigh.
#[derive(Default)]
pub struct Scales {
    assets: BTreeMap<String, usize>,
    pages: Vec<(String, usize)>,
}

impl Scales {
    pub async fn weigh(&mut self, client: &mut Client, name: &str, answer: &Answer) {
        // Its form's secret stands beside what was typed: see the decision on compression.
        assert_eq!(answer.header("content-encoding"), "", "{name}");
        let mut bytes = sent(answer);
        let brought = brought(&answer.body);
        assert!(brought.iter().any(|it| it.ends_with(".css")), "{name}: {}", answer.body);
        for address in brought {
            if !self.assets.contains_key(&address) {
                let asset = client.send("GET", &address, &BROWSER, "").await;
                assert_eq!(asset.status, 200, "{address}");
                assert_eq!(asset.header("content-encoding"), "gzip", "{address}");
                assert_eq!(asset.header("vary"), "accept-encoding", "{address}");
                self.assets.insert(address.clone(), sent(&asset));
            }
            bytes += self.assets[&address];
        }
        self.pages.push((name.to_owned(), bytes));
    }

    pub async fn get(&mut self, client: &mut Client, path: &str) -> Answer {
        let answer = client.send("GET", path, &BROWSER, "").await;
        self.weigh(client, path, &answer).await;
        answer
    }

    /// Holds the heaviest of so many pages against what one may cost.
    #[track_caller]
    pub fn hold(&self, pages: usize, most: usize) {
        assert!(self.pages.len() >= pages, "{}", self.pages.len());
        let heaviest = self.pages.iter().max_by_key(|(_, bytes)| *bytes).unwrap();
        println!("the heaviest page is {} with {} bytes", heaviest.0, heaviest.1);
        assert!(heaviest.1 < most, "{heaviest:?}");
    }
}

/// Every page of a payment in both languages, with its faults.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_portal_is_light() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub, _catcher) = Borough::with_mail(&fresh.url).await;
    let mut scales = Scales::default();
    for (prefix, home) in [("", "/"), ("/cy", "/cy")] {
        let mut ann = borough.client();
        let client = &mut ann;
        let at = |path: &str| format!("{prefix}{path}");
        for path in [home, &at("/pay/CT"), &at("/pay/LE"), &at("/pay/PK"), &at("/pay/XX")] {
            scales.get(client, path).await;
        }
        for path in [at("/basket"), at("/received"), at("/cookies"), at("/back/nothing")] {
            scales.get(client, &path).await;
        }
        let open = |n: u32| ("PK", format!("PN{n:06}"), None);
        let lines: Vec<_> = (11..=20).map(open).collect();
        let lines: Vec<_> = lines.iter().map(|(fund, of, it)| (*fund, of.as_str(), *it)).collect();
        let link = borough.link(ims_app::LinkUses::Once, &lines).await;
        let address = at(&format!("/link/{}", link.token.unwrap()));
        scales.get(client, &address).await;
        let wrong = fill(client, &address, &[]).await;
        assert_eq!(wrong.status, 422);
        scales.weigh(client, "a link with faults", &wrong).await;
        scales.get(client, &at("/link/none")).await;
        borough.books().await.withdraw_link(link.id, "why").await.unwrap();
        scales.get(client, &address).await;
        let owed = fill(client, &at("/pay/CT"), &[("reference", "80000001")]).await;
        scales.weigh(client, "what is owed", &owed).await;
        let wrong = [("reference", "LM1"), ("amount", "x")];
        let wrong = fill(client, &at("/pay/LE"), &wrong).await;
        scales.weigh(client, "a fault", &wrong).await;
        for n in 1..=10 {
            let reference = format!("PN{n:06}");
            let form = [("reference", reference.as_str()), ("amount", "35")];
            assert_eq!(fill(client, &at("/pay/PK"), &form).await.status, 303);
        }
        let full = [("reference", "LM000001"), ("amount", "24")];
        let full = fill(client, &at("/pay/LE"), &full).await;
        scales.weigh(client, "a full basket", &full).await;
        scales.get(client, &at("/basket")).await;
        scales.get(client, &at("/your-details")).await;
        let empty = fill(client, &at("/your-details"), &[("mail", "no")]).await;
        assert_eq!(empty.status, 422);
        scales.weigh(client, "details with faults", &empty).await;
        let details = [
            ("name", "Ann Other"),
            ("line1", "1 High Street"),
            ("town", "Brightwater"),
            ("postcode", "ZZ1 1ZZ"),
            ("mail", "ann@example.org"),
        ];
        assert_eq!(fill(client, &at("/your-details"), &details).await.status, 303);
        let check = client.get(&at("/check")).await;
        scales.weigh(client, "/check", &check).await;
        let onward = fill(client, &at("/check"), &[("content", &check.hidden("content"))]).await;
        scales.weigh(client, "onward", &onward).await;
        let payment = stub.books().payments().last().unwrap().clone();
        let back = at(&format!("/back/{}", payment.reference));
        scales.get(client, &back).await;
        stub.pay(&payment.payment_id, "4444333322221111");
        scales.get(client, &back).await;
        let asked = fill(client, &at("/received"), &[("number", &payment.reference)]).await;
        scales.weigh(client, "have you had my money", &asked).await;
    }
    scales.hold(44, BYTES_MAX);
}
