//! Which address a provider is told of: who asks chooses the host they ask for.

use ims_testkit::on_both;

use super::{
    borough::Borough,
    client::{Answer, Client},
    portal::leisure,
    portal_pays::{led_to, press},
};

/// Presses the button of the check page as if the server were another host.
async fn press_as(client: &mut Client, host: &str) -> Answer {
    let page = client.get("/check").await;
    let (csrf, content) = (page.hidden("csrf"), page.hidden("content"));
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let form = format!("csrf={csrf}&content={content}");
    client.send("POST", "/check", &[("host", host), kind], &form).await
}

on_both! {
    async fn a_host_that_anybody_may_write_goes_to_no_provider(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        assert_eq!(leisure(&mut ann, "LM000001", "24").await.status, 303);
        for host in ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", ""] {
            let refused = press_as(&mut ann, host).await;
            assert_eq!(refused.status, 421, "{host}: {}", refused.body);
        }
        assert_eq!(stub.books().payments().len(), 0);
        let port = borough.address.port();
        led_to(&press_as(&mut ann, &format!("localhost:{port}")).await);
        let back = stub.books().payments()[0].return_url().to_owned();
        assert!(back.starts_with(&format!("http://localhost:{port}/back/")), "{back}");
    }

    async fn a_public_address_is_what_a_provider_is_told_whatever_is_asked_for(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let (address, _stop) = borough.reached_at("https://pay.example.gov.uk").await;
        let mut ann = Client::new(address);
        assert_eq!(leisure(&mut ann, "LM000001", "24").await.status, 303);
        led_to(&press_as(&mut ann, "evil.example").await);
        let back = stub.books().payments()[0].return_url().to_owned();
        assert!(back.starts_with("https://pay.example.gov.uk/back/"), "{back}");
        led_to(&press(&mut ann).await);
        assert_eq!(stub.books().payments().len(), 1);
    }
}
