#include "common/crypto/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <set>

#include "absl/strings/escaping.h"
#include "common/error/error.h"

namespace stillpoint::crypto {
namespace {

Key KeyOf(char byte) { return *Key::FromBytes(std::string(Key::kBytes, byte)); }

// A file of this test, removed with it.
class KeyFile {
 public:
  KeyFile(const std::string& content, mode_t mode)
      : path_(testing::TempDir() + "/stillpoint_key_test_" +
              absl::BytesToHexString(Key::Random().bytes())) {
    std::ofstream(path_) << content;
    chmod(path_.c_str(), mode);
  }
  ~KeyFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

const std::string kHex(2 * Key::kBytes, 'a');

TEST(KeyTest, BytesMustBeExactlyAKey) {
  EXPECT_EQ(KeyOf('k').bytes(), std::string(Key::kBytes, 'k'));
  for (const size_t size : {size_t{0}, Key::kBytes - 1, Key::kBytes + 1}) {
    EXPECT_EQ(ReasonOf(Key::FromBytes(std::string(size, 'k')).status()), "BAD_KEY") << size;
  }
}

TEST(KeyTest, RandomKeysDiffer) { EXPECT_NE(Key::Random().bytes(), Key::Random().bytes()); }

TEST(KeyTest, DerivedKeysDifferByPurposeAndByKey) {
  const Key a = KeyOf('a');
  const Key b = KeyOf('b');
  const std::set<std::string> all = {
      std::string(a.bytes()),
      std::string(a.Derive("seal").bytes()),
      std::string(a.Derive("index").bytes()),
      std::string(a.Derive("").bytes()),
      std::string(b.Derive("seal").bytes()),
      Mac(a, "seal"),  // A MAC is public; it must not give away a derived key.
  };
  EXPECT_EQ(all.size(), 6u);
  EXPECT_EQ(a.Derive("seal").bytes(), a.Derive("seal").bytes());
}

TEST(KeyTest, ReadsAFileOfItsOwnerOnly) {
  EXPECT_EQ(Key::FromFile(KeyFile(kHex, 0600).path())->bytes(), std::string(Key::kBytes, '\xaa'));
  EXPECT_TRUE(Key::FromFile(KeyFile(kHex + "\n", 0400).path()).ok());
}

TEST(KeyTest, RefusesOtherFilesWithoutQuotingThem) {
  const std::string digit_short = kHex.substr(1);
  const struct {
    const char* name;
    std::string content;
    mode_t mode;
  } cases[] = {
      {"others may read", kHex, 0644},        {"group may read", kHex, 0640},
      {"others may write", kHex, 0602},       {"empty", "", 0600},
      {"one digit short", digit_short, 0600}, {"one digit more", kHex + "a", 0600},
      {"not hex", digit_short + "g", 0600},   {"two lines", kHex + "\n" + kHex, 0600},
  };
  for (const auto& c : cases) {
    const absl::Status status = Key::FromFile(KeyFile(c.content, c.mode).path()).status();
    EXPECT_EQ(ReasonOf(status), "BAD_CONFIG") << c.name;
    // Longer than what a path, random digits itself, has by chance.
    EXPECT_EQ(status.message().find(kHex.substr(0, 16)), absl::string_view::npos) << c.name;
  }
  EXPECT_EQ(ReasonOf(Key::FromFile("/nonexistent").status()), "BAD_CONFIG");
  EXPECT_EQ(ReasonOf(Key::FromFile("/tmp").status()), "BAD_CONFIG");
}

TEST(MacTest, DependsOnKeyAndMessage) {
  EXPECT_EQ(Mac(KeyOf('a'), "m").size(), 32u);
  EXPECT_EQ(Mac(KeyOf('a'), "m"), Mac(KeyOf('a'), "m"));
  EXPECT_NE(Mac(KeyOf('a'), "m"), Mac(KeyOf('b'), "m"));
  EXPECT_NE(Mac(KeyOf('a'), "m"), Mac(KeyOf('a'), "n"));
  EXPECT_NE(Mac(KeyOf('a'), "m"), Hash("m"));
}

// BLAKE2b-256 of the empty message, as published with the algorithm.
TEST(HashTest, IsBlake2b) {
  EXPECT_EQ(absl::BytesToHexString(Hash("")),
            "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

TEST(SameBytesTest, ComparesContentAndLength) {
  EXPECT_TRUE(SameBytes("", ""));
  EXPECT_TRUE(SameBytes("abc", "abc"));
  EXPECT_FALSE(SameBytes("abc", "abd"));
  EXPECT_FALSE(SameBytes("abc", "ab"));
}

TEST(SealTest, OpensOnlyWithItsKeyAndContext) {
  const Key key = KeyOf('k');
  const std::string sealed = Seal(key, "allergic to nuts", "org/client/row");
  EXPECT_EQ(*Open(key, sealed, "org/client/row"), "allergic to nuts");
  EXPECT_EQ(sealed.find("nuts"), std::string::npos);
  EXPECT_EQ(ReasonOf(Open(key, sealed, "org/client/other").status()), "SEAL_BROKEN");
  EXPECT_EQ(ReasonOf(Open(key, sealed, "").status()), "SEAL_BROKEN");
  EXPECT_EQ(Open(KeyOf('l'), sealed, "org/client/row").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(SealTest, TheSameTextNeverSealsToTheSameBytes) {
  EXPECT_NE(Seal(KeyOf('k'), "x", "c"), Seal(KeyOf('k'), "x", "c"));
}

TEST(SealTest, AnyFlippedByteOrLengthIsNoticed) {
  const Key key = KeyOf('k');
  for (const absl::string_view plain : {"", "some text"}) {
    const std::string sealed = Seal(key, plain, "c");
    EXPECT_EQ(*Open(key, sealed, "c"), plain);
    for (size_t i = 0; i < sealed.size(); ++i) {
      std::string flipped = sealed;
      flipped[i] = static_cast<char>(flipped[i] ^ 1);
      EXPECT_FALSE(Open(key, flipped, "c").ok()) << i;
      EXPECT_FALSE(Open(key, sealed.substr(0, i), "c").ok()) << i;
    }
    EXPECT_FALSE(Open(key, sealed + "x", "c").ok());
  }
}

// RFC 8032, section 7.1, test 2.
TEST(SigningKeyTest, IsEd25519) {
  const Key seed = *Key::FromBytes(
      absl::HexStringToBytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  const SigningKey key(seed);
  EXPECT_EQ(absl::BytesToHexString(key.public_key()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const std::string signature = key.Sign("\x72");
  EXPECT_EQ(absl::BytesToHexString(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(Verify(key.public_key(), "\x72", signature));
}

TEST(SigningKeyTest, RefusesWhatWasNotSigned) {
  const SigningKey key(KeyOf('s'));
  const std::string signature = key.Sign("note");
  std::string flipped = signature;
  flipped[0] = static_cast<char>(flipped[0] ^ 1);
  EXPECT_FALSE(Verify(key.public_key(), "note.", signature));
  EXPECT_FALSE(Verify(key.public_key(), "note", flipped));
  EXPECT_FALSE(Verify(key.public_key(), "note", signature.substr(1)));
  EXPECT_FALSE(Verify("", "note", signature));
  EXPECT_FALSE(Verify(SigningKey(KeyOf('t')).public_key(), "note", signature));
}

TEST(FrameTest, DifferentPartsGiveDifferentBytes) {
  const std::set<std::string> all = {Frame({}),         Frame({""}),       Frame({"", ""}),
                                     Frame({"ab"}),     Frame({"a", "b"}), Frame({"", "ab"}),
                                     Frame({"ab", ""}), Frame({"ba"})};
  EXPECT_EQ(all.size(), 8u);
  EXPECT_EQ(Frame({"a"}), std::string("\0\0\0\0\0\0\0\1a", 9));
}

}  // namespace
}  // namespace stillpoint::crypto
